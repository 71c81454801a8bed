/** Puts together what the watcher sees and what Claude Code's hooks say, and records it. */
import { Clock, Effect, Layer, Option, Queue, Semaphore } from "effect"
import { isAbsolute, join, resolve } from "node:path"
import { changeEvent, type ChangeFacts, type Content, versionOf } from "../domain/agentEvents.ts"
import { attributed, type HookInput, noUses, withHook } from "../domain/attribution.ts"
import { claudeArguments, decodeSettings, withHooks } from "../domain/claudeArguments.ts"
import type { Attribution, LogEvent } from "../domain/logEvents.ts"
import { reconcile } from "../domain/reconcile.ts"
import type { SyncReport } from "../domain/SyncReport.ts"
import { AgentChanges, type FileChange } from "../services/AgentChanges.ts"
import { ClaudeCode } from "../services/ClaudeCode.ts"
import { ClaudeHooks, type HookEndpoint } from "../services/ClaudeHooks.ts"
import { ContentStore } from "../services/ContentStore.ts"
import { LocalState } from "../services/LocalState.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { SessionLog } from "../services/SessionLog.ts"
import {
  type CodeSession,
  type RecordedChange,
  type RecordedSession,
  type Restored,
  SessionRecorder
} from "../services/SessionRecorder.ts"
import { readIfThere, sha256, writeDurably } from "./nodeFs.ts"
import { lastSeenIn } from "./lastSeen.ts"
import { settingsName } from "./logFolder.ts"
import { sessionFacts } from "./sessionFacts.ts"

/** Milliseconds that a hook may come later than the change it tells of was noticed. */
const hookLag = 200

/** Milliseconds of a clock that nobody sets. */
const monotonic = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

/** A change that was seen and is not recorded yet: perhaps a hook says who it was. */
interface Pending {
  readonly change: FileChange
  readonly noticed: number
}

/** What is written to `--settings`, or why there is nothing to write. */
const settingsFor = Effect.fnUntraced(function* (args: ReadonlyArray<string>, cwd: string) {
  const parsed = claudeArguments(args)
  if (parsed.hooksOff) return undefined
  if (parsed.settings === undefined) return { parsed, theirs: {} }
  const inline = parsed.settings.trim().startsWith("{")
  const path = isAbsolute(parsed.settings) ? parsed.settings : resolve(cwd, parsed.settings)
  const text = inline
    ? Option.some(parsed.settings)
    : Option.map(yield* Effect.orElseSucceed(readIfThere(path), Option.none), (bytes) => bytes.toString("utf8"))
  // Whatever is wrong with them is Claude Code's to say; then it starts with them as they are.
  const theirs = Option.getOrUndefined(Option.flatMap(text, decodeSettings))
  return theirs === undefined || theirs.disableAllHooks === true ? undefined : { parsed, theirs }
})

/** Loopback is not for a proxy; Claude Code asks one even for that, unless it is told. */
const directLoopback = (env: NodeJS.ProcessEnv): Readonly<Record<string, string>> => {
  const proxies = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
  if (proxies.every((name) => (env[name] ?? "") === "")) return {}
  const exempt = env["NO_PROXY"] || env["no_proxy"] || ""
  return { NO_PROXY: exempt === "" ? "127.0.0.1" : `${exempt},127.0.0.1` }
}

export const layer = Layer.effect(
  SessionRecorder,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const store = yield* ContentStore
    const state = yield* LocalState
    const log = yield* SessionLog
    const changes = yield* AgentChanges
    const hooks = yield* ClaudeHooks
    const claude = yield* ClaudeCode
    const facts = yield* sessionFacts
    const lastSeen = lastSeenIn(config)

    const keep = Effect.fnUntraced(function* (contents: Iterable<Content | undefined>, sensitive: boolean) {
      if (sensitive) return []
      const wanted = new Map<string, Uint8Array>()
      for (const one of contents) if (one?.content !== undefined) wanted.set(one.sha256, one.content)
      return yield* store.add(wanted)
    })

    const droppedEvent = (contents: ReadonlyArray<string>): LogEvent => ({
      type: "io.crewkit.content.dropped",
      data: { reason: "the contents kept in .crewkit/objects reached their size cap", contents }
    })

    /** Former contents by their hash: of this look, of the backups that the sync made, and those that are kept. */
    const contentsFor = Effect.fnUntraced(function* (
      hashes: Iterable<string>,
      now: ReadonlyMap<string, Content>,
      report: SyncReport | undefined
    ) {
      const { root } = yield* config.resolved
      const known = new Map<string, Content>([...now.values()].map((one) => [one.sha256, one]))
      for (const { backup, before } of report?.items ?? []) {
        if (backup === undefined || before === undefined || known.has(before)) continue
        const bytes = Option.getOrUndefined(yield* readIfThere(join(root, backup)))
        if (bytes !== undefined) known.set(before, { sha256: before, size: bytes.length, content: bytes })
      }
      const missing = new Set([...hashes].filter((hash) => !known.has(hash)))
      for (const [hash, bytes] of missing.size === 0 ? [] : yield* store.get(missing)) {
        known.set(hash, { sha256: hash, size: bytes.length, content: bytes })
      }
      return (hash: string): Content => known.get(hash) ?? { sha256: hash, size: undefined, content: undefined }
    })

    /** What happened since the last session looked, and what the sync did. */
    const reconciled = Effect.fnUntraced(function* (report: SyncReport | undefined) {
      yield* changes.look("whole")
      const now = yield* changes.seen
      const last = Option.getOrUndefined(yield* lastSeen.read)
      const hashes = [
        ...(last?.values() ?? []),
        ...(report?.items ?? []).flatMap(({ after, before }) => [before, after]).filter((hash) => hash !== undefined)
      ]
      const contentOf = yield* contentsFor(hashes, now, report)
      return { now, events: reconcile({ last, report, now, contentOf }) }
    })

    const syncApplied = (report: SyncReport): LogEvent => {
      const count = (action: string) => report.items.filter((item) => item.action === action).length
      return {
        type: "io.crewkit.sync.applied",
        data: {
          source: report.source,
          written: count("write"),
          removed: count("remove"),
          kept: count("keep"),
          unchanged: report.unchanged,
          refused: report.refused.length,
          lock_changed: report.lockChanged
        }
      }
    }

    const synced = Effect.fn("SessionRecorder.synced")(function* (report: SyncReport) {
      const { events, now } = yield* reconciled(report)
      yield* keep([...now.values(), ...events.map(({ before }) => before)], false)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const session = yield* log.open(yield* facts.started({ kind: "sync", agents: now, sensitive: false }))
          yield* session.append(syncApplied(report))
          for (const event of events) yield* session.append(changeEvent(event))
          yield* lastSeen.write(now)
          yield* session.end({ outcome: "success", changes: events.length })
        })
      )
    })

    const contentFrom = (bytes: Uint8Array | undefined): Content | undefined =>
      bytes === undefined ? undefined : { sha256: sha256(bytes), size: bytes.length, content: bytes }

    const restored = Effect.fn("SessionRecorder.restored")(function* (list: ReadonlyArray<Restored>) {
      const { events, now } = yield* reconciled(undefined)
      const files = new Set(list.map(({ file }) => file))
      const all: ReadonlyArray<ChangeFacts> = [
        ...events.filter(({ file }) => !files.has(file)),
        ...list.map(({ after, backup, before, file }) => ({
          file,
          before: contentFrom(before),
          after: contentFrom(after),
          by: { kind: "crewkit" } as const,
          backup,
          restored: true
        }))
      ]
      yield* keep(
        all.flatMap(({ after, before }) => [before, after]),
        false
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          const session = yield* log.open(yield* facts.started({ kind: "restore", agents: now, sensitive: false }))
          for (const event of all) yield* session.append(changeEvent(event))
          yield* lastSeen.write(now)
          yield* session.end({ outcome: "success", changes: all.length })
        })
      )
    })

    const begin = Effect.fn("SessionRecorder.begin")(function* (wanted: CodeSession) {
      const { root } = yield* config.resolved
      const scope = yield* Effect.scope
      const version = yield* Effect.forkScoped(claude.version(wanted.claude), { startImmediately: true })
      const git = yield* Effect.forkScoped(facts.git, { startImmediately: true })
      const { events, now } = yield* reconciled(wanted.report)
      const configFile = join(root, ".agent", "config.yml")
      const configBefore = yield* facts.version(configFile)
      yield* keep([...now.values(), ...events.map(({ before }) => before)], wanted.sensitive)

      const stirring = yield* Queue.unbounded<"look" | "hook">()
      const heard: Array<HookInput> = []
      const hookable = yield* settingsFor(wanted.args, facts.cwd)
      const endpoint: HookEndpoint | undefined =
        hookable === undefined
          ? undefined
          : yield* Effect.orElseSucceed(
              hooks.listen((hook) => {
                heard.push(hook)
                Queue.offerUnsafe(stirring, "hook")
              }),
              () => undefined
            )
      const own = claudeArguments(wanted.args)
      const conversation = own.newSession ? facts.uuid() : own.sessionId
      const session = yield* log.open(
        yield* facts.started({
          kind: "code",
          agents: now,
          sensitive: wanted.sensitive,
          hooks: endpoint !== undefined,
          claude: { version: yield* facts.joined(version), conversation },
          git: yield* facts.joined(git)
        })
      )
      const recorded: Array<RecordedChange> = []
      const record = Effect.fnUntraced(function* (change: ChangeFacts) {
        const event = changeEvent(change)
        yield* session.append(event)
        // Boundary: a change's event has a change as its data.
        recorded.push({ type: event.type, file: change.file, change: event.data as RecordedChange["change"] })
      })
      if (wanted.report !== undefined) yield* session.append(syncApplied(wanted.report))
      for (const event of events) yield* record(event)
      const before = recorded.length
      yield* lastSeen.write(now)

      let uses = noUses
      let hooksWork = false
      let pending: ReadonlyArray<Pending> = []

      const hear = Effect.fnUntraced(function* () {
        const time = yield* monotonic
        for (const hook of heard.splice(0)) {
          hooksWork = true
          uses = withHook(uses, hook, time)
          const kind = { SubagentStart: "started", SubagentStop: "stopped" }[hook.hook_event_name]
          if (kind === undefined) continue
          yield* session.append({
            type: kind === "started" ? "io.crewkit.subagent.started" : "io.crewkit.subagent.stopped",
            data: {
              "gen_ai.agent.name": hook.agent_type ?? "unknown",
              ...(hook.agent_id === undefined ? {} : { "gen_ai.agent.id": hook.agent_id }),
              ...(hook.session_id === undefined ? {} : { "gen_ai.conversation.id": hook.session_id })
            }
          })
        }
      })

      /** Another crewkit that syncs or restores meanwhile. */
      const isOurs = Effect.fnUntraced(function* ({ after, file }: FileChange) {
        const synced = yield* state.read
        return facts.wrote(synced, file, after?.sha256)
      })

      const byWhom = Effect.fnUntraced(function* ({ change, noticed }: Pending, last: boolean) {
        const found = attributed(uses, join(root, ...change.file.split("/")), noticed)
        if (Option.isSome(found)) return found
        if (yield* isOurs(change)) return Option.some<Attribution>({ kind: "crewkit" })
        const waited = (yield* monotonic) - noticed >= hookLag
        if (endpoint !== undefined && !waited && !last) return Option.none<Attribution>()
        return Option.some<Attribution>({ kind: hooksWork ? "outside" : "unknown" })
      })

      const one = yield* Semaphore.make(1)
      const look = (how: "whole" | "stamps", last: boolean) =>
        one.withPermit(
          Effect.gen(function* () {
            yield* hear()
            const found = yield* changes.look(how)
            const noticed = yield* monotonic
            const dropped = yield* keep(
              found.map(({ after }) => after),
              wanted.sensitive
            )
            if (dropped.length > 0) yield* session.append(droppedEvent(dropped))
            const waiting: Array<Pending> = []
            for (const each of [...pending, ...found.map((change) => ({ change, noticed }))]) {
              const by = yield* byWhom(each, last)
              if (Option.isNone(by)) waiting.push(each)
              else yield* record({ ...each.change, by: by.value })
            }
            pending = waiting
            if (found.length > 0) yield* lastSeen.write(yield* changes.seen)
            if (waiting.length > 0) {
              const wake = Effect.sync(() => Queue.offerUnsafe(stirring, "look"))
              yield* Effect.forkIn(Effect.delay(wake, `${hookLag} millis`), scope)
            }
          })
        )

      if (wanted.watch) yield* changes.watch(() => Queue.offerUnsafe(stirring, "look"))
      yield* Effect.gen(function* () {
        const signs = yield* Queue.takeAll(stirring)
        // A hook alone changes nothing on disk, unless somebody waits for it.
        if (signs.includes("look") || pending.length > 0) yield* look("stamps", false)
        else yield* one.withPermit(hear())
      }).pipe(Effect.ignore, Effect.forever, Effect.forkIn(scope))

      const settingsFile = join(root, ".crewkit", "sessions", settingsName(session.id))
      if (hookable !== undefined && endpoint !== undefined) {
        const settings = withHooks(hookable.theirs, endpoint.url, endpoint.token)
        yield* writeDurably(settingsFile, JSON.stringify(settings), 0o600)
      }
      const args = [
        ...(endpoint === undefined ? [] : [`--settings=${settingsFile}`]),
        ...(own.newSession && conversation !== undefined ? [`--session-id=${conversation}`] : []),
        ...(endpoint === undefined ? wanted.args : own.withoutSettings)
      ]
      const result: RecordedSession = {
        id: session.id,
        args,
        env: directLoopback(process.env),
        end: Effect.fnUntraced(function* (outcome, exitCode) {
          yield* look("whole", true)
          const configAfter = yield* facts.version(configFile)
          if (configAfter?.sha256 !== configBefore?.sha256) {
            const data = {
              ...(configBefore === undefined ? {} : { before: versionOf(configBefore) }),
              ...(configAfter === undefined ? {} : { after: versionOf(configAfter) })
            }
            yield* session.append({ type: "io.crewkit.config.changed", subject: ".agent/config.yml", data })
          }
          yield* session.end({ outcome, exitCode, changes: recorded.length })
          return recorded.slice(before)
        })
      }
      return result
    })

    return SessionRecorder.of({ begin, synced, restored })
  })
)
