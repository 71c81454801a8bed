/** The audit's reader, model, rules and engine, put together in this process: nothing of a project, nothing printed. */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import type { AuditedFile } from "../../src/domain/audit/AuditedFile.ts"
import type { Finding } from "../../src/domain/audit/AuditReport.ts"
import { findingsOf, hitsOf } from "../../src/domain/audit/engine.ts"
import { modelOf } from "../../src/domain/audit/modelOf.ts"
import type { Rule, RuleContext } from "../../src/domain/audit/Rule.ts"
import { rules } from "../../src/domain/audit/ruleSet.ts"
import { type SpeechOf, speechOf } from "../../src/domain/audit/speech.ts"
import { read } from "../../src/layers/agentReader.ts"
import type { Audit } from "./judge.ts"

const encoder = new TextEncoder()

const hash = (text: string): string => createHash("sha256").update(text).digest("hex")

const speechIn = (file: AuditedFile): SpeechOf => {
  let speech: SpeechOf | undefined
  return (offset) => (speech ??= speechOf(file))(offset)
}

/** What the rest of a run would add. */
type Surroundings = Partial<Pick<RuleContext, "sameName" | "policy">>

const bytesWith =
  (used: ReadonlyArray<Rule>, around: Surroundings = {}) =>
  (path: string, bytes: Uint8Array) =>
    Effect.sync((): ReadonlyArray<Finding> => {
      const file = read(path, bytes)
      const context = { model: modelOf(file), speech: speechIn(file), sameName: [], ...around }
      return findingsOf([{ file, agent: undefined, hits: hitsOf(file, context, used) }], () => undefined, hash)
    })

export const auditBytes = bytesWith(rules)

export const auditWith =
  (used: ReadonlyArray<Rule>, around?: Surroundings): Audit =>
  (path, text) =>
    bytesWith(used, around)(path, encoder.encode(text))

export const audit: Audit = auditWith(rules)

export const loads = (path: string, bytes: Uint8Array): boolean => modelOf(read(path, bytes)).loading.loads
