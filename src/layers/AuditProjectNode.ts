import { Effect, Layer, Option, Result } from "effect"
import * as fs from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { type AgentName, isAgentName } from "../domain/AgentName.ts"
import { type Acceptance, baselinePath, baselineText, withFindings } from "../domain/audit/baseline.ts"
import type { Finding } from "../domain/audit/AuditReport.ts"
import { applyFixes } from "../domain/audit/fixes.ts"
import { BaselineFile, baselineKeys, type OrgPolicy, type Suppression, tighten } from "../domain/audit/Policy.ts"
import { suppressionRules, type Source } from "../domain/audit/suppression.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
import { type AuditedPath, AuditProject, type Gathered, type Mended, type Rulings } from "../services/AuditProject.ts"
import { Backups } from "../services/Backups.ts"
import { EffectiveAgents } from "../services/EffectiveAgents.ts"
import { Git } from "../services/Git.ts"
import { Invocation } from "../services/Invocation.ts"
import { LocalState } from "../services/LocalState.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { agentsBelow, readBounded, readStdin, shownPath } from "./auditFiles.ts"
import { readConfigFile } from "./configFile.ts"
import { attempt, fileError, insideProject, makeFolder, readIfThere, replaceFile, writeDurably } from "./nodeFs.ts"
import { configPath, findRoot } from "./projectRoot.ts"

const agentsFolder = join(".claude", "agents")

const configShown = ".agent/config.yml"

/** Without a configuration: the folder that has agents, or the repository. */
const plainRoot = (cwd: string): string => {
  if (fs.existsSync(join(cwd, agentsFolder))) return cwd
  let folder = cwd
  for (;;) {
    if (fs.existsSync(join(folder, ".git"))) return folder
    const parent = dirname(folder)
    if (parent === folder) return cwd
    folder = parent
  }
}

/** Copies a file to a name beside it that is free; Claude Code loads `*.md` alone. */
const copyBeside = (file: string): string => {
  for (let count = 0; ; count++) {
    const copy = count === 0 ? `${file}.bak` : `${file}.${count}.bak`
    if (fs.existsSync(copy)) continue
    fs.copyFileSync(file, copy, fs.constants.COPYFILE_EXCL)
    return copy
  }
}

const textOf = (bytes: Uint8Array): string | undefined => {
  const decoded = Result.try(() => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes))
  return Result.isSuccess(decoded) ? decoded.success : undefined
}

export const layer = Layer.effect(
  AuditProject,
  Effect.gen(function* () {
    const { cwd } = yield* Invocation
    const config = yield* ProjectConfig
    const git = yield* Git
    const files = yield* AgentFiles
    const backups = yield* Backups
    const states = yield* LocalState
    const effective = yield* EffectiveAgents
    const project = findRoot(cwd)
    const root = project ?? plainRoot(cwd)

    const agentOf = (file: string): AgentName | undefined => {
      const name = basename(file, ".md")
      const ours = project !== undefined && file === join(root, agentsFolder, `${name}.md`)
      return ours && isAgentName(name) ? name : undefined
    }

    const audited = (file: string): AuditedPath => {
      const agent = agentOf(file)
      return { path: shownPath(root, file), file, bytes: readBounded(file), ...(agent === undefined ? {} : { agent }) }
    }

    const configRead = Effect.gen(function* () {
      const file = join(root, configPath)
      const data = yield* readIfThere(file)
      if (Option.isNone(data)) return undefined
      return { path: configShown, text: data.value.toString("utf8"), tracked: yield* git.tracks(file) }
    })

    const gather = Effect.fn("AuditProject.gather")(function* (paths: ReadonlyArray<string>, stdinName: string) {
      const found = new Map<string, AuditedPath>()
      const missing: Array<string> = []
      let asksForConfig = paths.length === 0
      let at = root
      const add = (file: string) => found.set(file, audited(file))
      yield* Effect.try({
        try: () => {
          if (paths.length === 0) {
            at = join(root, agentsFolder)
            if (fs.existsSync(at)) agentsBelow(at).forEach(add)
          }
          for (const path of paths) {
            at = resolve(cwd, path)
            if (path === "-") {
              found.set("-", { path: stdinName, bytes: readStdin() })
              continue
            }
            const stat = fs.statSync(at, { throwIfNoEntry: false })
            if (stat === undefined) missing.push(path)
            else if (stat.isDirectory()) agentsBelow(at).forEach(add)
            else if (at === join(root, configPath)) asksForConfig = true
            else add(at)
          }
        },
        catch: (cause) => fileError("read", at)(cause)
      })
      const gathered: Gathered = {
        root,
        files: [...found.values()],
        config: asksForConfig ? yield* configRead : undefined,
        whole: paths.length === 0,
        missing
      }
      return gathered
    })

    const baseline = Effect.gen(function* () {
      const data = yield* readIfThere(join(root, ".agent", "audit-baseline.yml"))
      if (Option.isNone(data)) return undefined
      const text = data.value.toString("utf8")
      const { suppress } = yield* readConfigFile(baselinePath, text, baselineKeys, BaselineFile)
      const source: Source = { path: baselinePath, text, entries: suppress }
      return source
    })

    const configSource = Effect.fnUntraced(function* (entries: ReadonlyArray<Suppression>) {
      const data = yield* readIfThere(join(root, configPath))
      const source: Source = {
        path: configShown,
        text: Option.match(data, { onNone: () => "", onSome: (bytes) => bytes.toString("utf8") }),
        entries
      }
      return source
    })

    const rulings = Effect.fn("AuditProject.rulings")(function* (org: OrgPolicy | "kept" | undefined) {
      const accepted = yield* baseline
      const resolved = yield* Effect.catchTag(config.resolved, "ConfigMissing", () => Effect.void)
      const sources = accepted === undefined ? [] : [accepted]
      if (resolved === undefined) {
        const plain: Rulings = {
          policy: tighten(undefined, undefined),
          role: undefined,
          baseline: sources,
          asked: true
        }
        return plain
      }
      const answer =
        org === "kept" ? yield* Effect.catchTag(effective.kept, "ConfigMissing", Effect.die) : Option.none()
      const ofOrg = org === "kept" ? Option.getOrUndefined(answer)?.auditPolicy : org
      const settings = resolved.audit?.value
      const suppress = settings?.suppress ?? []
      const state = yield* Effect.catchTag(states.read, "ConfigMissing", Effect.die)
      const rulings: Rulings = {
        policy: tighten(ofOrg, settings),
        role: resolved.role?.value ?? state.last?.role,
        baseline: suppress.length === 0 ? sources : [...sources, yield* configSource(suppress)],
        asked: org !== "kept" || Option.isSome(answer)
      }
      return rulings
    })

    const replace = Effect.fnUntraced(function* (file: string, text: string) {
      const copy = yield* attempt("copy", file, () => copyBeside(file))
      yield* attempt("write", file, () => replaceFile(file, Buffer.from(text), fs.statSync(file).mode & 0o777))
      return shownPath(root, copy)
    })

    const replaceAgent = Effect.fnUntraced(function* (agent: AgentName, text: string) {
      const kept = yield* backups.keep([agent])
      yield* files.write([[agent, text]], kept, () => undefined)
      return kept.get(agent)?.path ?? ".claude/.backups"
    })

    const mend = Effect.fn("AuditProject.mend")(function* (
      all: ReadonlyArray<AuditedPath>,
      findings: ReadonlyArray<Finding>
    ) {
      const mended: Array<Mended> = []
      for (const { agent, bytes, file, path } of all) {
        const text = textOf(bytes)
        if (file === undefined || text === undefined) continue
        const result = applyFixes(
          text,
          findings.filter((finding) => finding.file === path)
        )
        if (result.applied === 0) continue
        const write = agent === undefined ? replace(file, result.text) : replaceAgent(agent, result.text)
        const backup = yield* Effect.catchTag(write, "ConfigMissing", () => replace(file, result.text))
        mended.push({ path, fixes: result.applied, backup })
      }
      return mended
    })

    const own = new Set(suppressionRules.map(({ id }) => id))

    const accept = Effect.fn("AuditProject.accept")(function* (
      findings: ReadonlyArray<Finding>,
      reason: string,
      expires: string | undefined
    ) {
      const before = (yield* baseline)?.entries ?? []
      const email = Option.getOrUndefined(yield* git.email)
      const by = email ?? process.env["USER"] ?? process.env["USERNAME"] ?? "unknown"
      const acceptance: Acceptance = { reason, by, expires }
      const after = withFindings(
        before,
        findings.filter(({ rule }) => !own.has(rule)),
        acceptance
      )
      const folder = join(root, ".agent")
      const file = join(folder, "audit-baseline.yml")
      yield* insideProject(root, folder, "folder")
      yield* insideProject(root, file, "no link")
      yield* makeFolder(folder)
      yield* writeDurably(file, baselineText(after))
      return { added: after.length - before.length, path: baselinePath }
    })

    return AuditProject.of({
      gather,
      rulings,
      mend,
      accept,
      writeReport: (path, text) => writeDurably(resolve(cwd, path), text)
    })
  })
)
