import { Clock, DateTime, Effect, Layer } from "effect"
import type { AuditedFile } from "../domain/audit/AuditedFile.ts"
import { type AuditReport, countsOf, type Finding } from "../domain/audit/AuditReport.ts"
import type { ClientModel } from "../domain/audit/ClientModel.ts"
import { type Found, findingsOf, hitsOf, type RuleHit, worstFirst } from "../domain/audit/engine.ts"
import { Confidence } from "../domain/audit/Finding.ts"
import { modelOf } from "../domain/audit/modelOf.ts"
import { ruleInfos, rules } from "../domain/audit/ruleSet.ts"
import { secretInConfigInfo, secretsInConfig } from "../domain/audit/rules/secretsConfig.ts"
import { trackedSecret } from "../domain/audit/rules/tracked.ts"
import { atLeast } from "../domain/audit/severity.ts"
import { type SpeechOf, speechOf } from "../domain/audit/speech.ts"
import { judge } from "../domain/audit/suppression.ts"
import { AgentReader } from "../services/AgentReader.ts"
import { type ScannedSecrets, SecretScanner } from "../services/SecretScanner.ts"
import { type Arrival, Audit, type AuditRequest, type Gain } from "../services/Audit.ts"
import { changesBetween } from "./capabilityDiff.ts"
import { sha256 } from "./nodeFs.ts"

interface Read {
  readonly file: AuditedFile
  readonly model: ClientModel
}

/** Which files the client would load under one name. */
const byName = (all: ReadonlyArray<Read>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const names = new Map<string, Array<string>>()
  for (const { file, model } of all) {
    if (!model.loading.loads) continue
    const paths = names.get(model.loading.name)
    if (paths === undefined) names.set(model.loading.name, [file.path])
    else paths.push(file.path)
  }
  return names
}

/** Computed when the first rule asks; most files never need it. */
const lazySpeech = (file: AuditedFile): SpeechOf => {
  let speech: SpeechOf | undefined
  return (offset) => (speech ??= speechOf(file))(offset)
}

const hitsOfScan = (all: ReadonlyArray<ScannedSecrets>): ReadonlyArray<RuleHit> =>
  all.flatMap(({ hits, rule }) => hits.map((hit) => ({ rule, hit })))

export const layer = Layer.effect(
  Audit,
  Effect.gen(function* () {
    const reader = yield* AgentReader
    const scanner = yield* SecretScanner

    const agentsIn = Effect.fnUntraced(function* (request: AuditRequest) {
      const read = yield* reader.reader
      const all = request.files.map(({ bytes, path }): Read => {
        const file = read(path, bytes)
        return { file, model: modelOf(file) }
      })
      const names = byName(all)
      const { policy, role } = request
      const wanted = request.rules === undefined ? rules : rules.filter(({ id }) => request.rules?.has(id))
      return yield* Effect.forEach(
        all,
        Effect.fnUntraced(function* ({ file, model }) {
          const agent = model.loading.loads ? model.loading.name : undefined
          const sameName = (agent === undefined ? [] : (names.get(agent) ?? [])).filter((path) => path !== file.path)
          const context = { model, speech: lazySpeech(file), sameName, policy: { ...policy, role } }
          const hits = [...hitsOf(file, context, wanted), ...hitsOfScan(yield* scanner.scan(file))]
          return { file, agent, hits } satisfies Found
        })
      )
    })

    const configFound = Effect.fnUntraced(function* ({ path, text, tracked }: NonNullable<AuditRequest["config"]>) {
      const scanned = (yield* scanner.scan({ text })).flatMap(({ hits }) => hits)
      // Our own look first: of two that are as sure it says more, and the closed schema knows what no scanner can.
      const secrets = [...secretsInConfig(text), ...scanned].map((hit): RuleHit => ({ rule: secretInConfigInfo, hit }))
      const hits = [...secrets, ...(tracked ? trackedSecret(path, secrets) : [])]
      return { file: { path, text }, agent: undefined, hits } satisfies Found
    })

    const run = Effect.fn("Audit.run")(function* (request: AuditRequest) {
      const { baseline, config, minConfidence, policy } = request
      const found = [...(yield* agentsIn(request)), ...(config === undefined ? [] : [yield* configFound(config)])]
      const isWanted = ({ confidence, rule }: Finding): boolean =>
        (request.rules?.has(rule) ?? true) &&
        (minConfidence === undefined ||
          Confidence.literals.indexOf(confidence) >= Confidence.literals.indexOf(minConfidence))
      const today = DateTime.formatIsoDateUtc(DateTime.makeUnsafe(yield* Clock.currentTimeMillis))
      const judged = judge({
        findings: findingsOf(found, policy.levelOf, sha256),
        sources: baseline,
        isLocked: policy.isLocked,
        today,
        whole: request.whole
      })
      const remarks = judged.remarks.map(({ hits, source }): Found => ({ file: source, agent: undefined, hits }))
      const findings = [...judged.findings, ...findingsOf(remarks, policy.levelOf, sha256)].filter(isWanted)
      const failOn = request.failOn ?? policy.failOn
      const report: AuditReport = {
        files: found.length,
        rules: ruleInfos.filter((rule) => (request.rules?.has(rule.id) ?? true) && policy.levelOf(rule) !== "off")
          .length,
        failOn,
        failed: findings.some(({ severity }) => atLeast(severity, failOn)),
        counts: countsOf(findings),
        findings: findings.toSorted(worstFirst),
        suppressed: judged.suppressed.filter(isWanted)
      }
      return report
    })

    const gains = Effect.fn("Audit.gains")(function* (arrivals: ReadonlyArray<Arrival>) {
      const read = yield* reader.reader
      return arrivals.flatMap(({ after, before, path }): ReadonlyArray<Gain> => {
        const can = changesBetween(read, path, before, after).gains.map(({ by, capability }) =>
          by === "" ? capability : `${capability} (${by})`
        )
        return before === undefined || can.length > 0 ? [{ path, first: before === undefined, can }] : []
      })
    })

    return Audit.of({ run, gains })
  })
)
