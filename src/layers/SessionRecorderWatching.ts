/** Puts together what the watcher sees and what Claude Code's hooks say, and records it. */
import { Array, Clock, Effect, Layer, Option, Queue, Semaphore } from "effect"
import { join } from "node:path"
import { agentIn, changeEvent, type ChangeFacts, type Content, versionOf } from "../domain/agentEvents.ts"
import { isAgentName } from "../domain/AgentName.ts"
import { attributed, type HookInput, noUses, withHook } from "../domain/attribution.ts"
import { claudeArguments, withHooks } from "../domain/claudeArguments.ts"
import type { Attribution, LogEvent } from "../domain/logEvents.ts"
import { fileOf, type LastSeen, reconcile } from "../domain/reconcile.ts"
import { stampsOf } from "../domain/syncOutcome.ts"
import type { SyncReport } from "../domain/SyncReport.ts"
import { AgentChanges, type FileChange } from "../services/AgentChanges.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
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
import { directLoopback, projectPaths, settingsFor } from "./claudeSettings.ts"
import { lastSeenIn } from "./lastSeen.ts"
import { settingsName } from "./logFolder.ts"
import { sessionFacts } from "./sessionFacts.ts"

/** Milliseconds that a hook may come later than the change it tells of was noticed. */
const hookLag = 200

/** Changes whose contents are in memory at once. */
const together = 64

/** Milliseconds of a clock that nobody sets. */
const monotonic = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos / 1_000_000n))

/** A change that was seen and is not recorded yet: perhaps a hook says who it was. */
interface Pending {
  readonly change: FileChange
  readonly noticed: number
}

export const layer = Layer.effect(
  SessionRecorder,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const store = yield* ContentStore
    const state = yield* LocalState
    const log = yield* SessionLog
    const changes = yield* AgentChanges
    const files = yield* AgentFiles
    const hooks = yield* ClaudeHooks
    const claude = yield* ClaudeCode
    const facts = yield* sessionFacts
    const lastSeen = lastSeenIn(config)

    const keep = Effect.fnUntraced(function* (contents: Iterable<Content | undefined>, sensitive: boolean) {
      if (sensitive) return []
      const wanted = new Map<string, Uint8Array>()
      for (const one of contents) if (one?.content !== undefined) wanted.set(one.sha256, one.content)
      return wanted.size === 0 ? [] : yield* store.add(wanted)
    })

    const droppedEvent = (contents: ReadonlyArray<string>): LogEvent => ({
      type: "io.crewkit.content.dropped",
      data: { reason: "the contents kept in .crewkit/objects reached their size cap", contents }
    })

    const bytesAt = (path: string) =>
      Effect.orElseSucceed(readIfThere(path), Option.none<Buffer>).pipe(Effect.map(Option.getOrUndefined))

    /**
     * A change with both its contents, where they can be had: of the file as it is now, of the backup, of the store. One
     * at a time, so that ten thousand need no more memory than one.
     */
    const withContents = Effect.fnUntraced(function* (change: ChangeFacts, former: ReadonlyMap<string, Uint8Array>) {
      const { root } = yield* config.resolved
      const filled = Effect.fnUntraced(function* (one: Content | undefined, path: string | undefined) {
        if (one === undefined || one.content !== undefined) return one
        const bytes = path === undefined ? undefined : yield* bytesAt(join(root, ...path.split("/")))
        const content = bytes !== undefined && sha256(bytes) === one.sha256 ? bytes : former.get(one.sha256)
        return content === undefined ? one : { sha256: one.sha256, size: content.length, content }
      })
      const before = yield* filled(change.before, change.backup)
      return { ...change, before, after: yield* filled(change.after, change.file) }
    })

    /** Contents that only the store can have: those that were there before, and that crewkit made no backup of. */
    const formerOf = (changes: ReadonlyArray<ChangeFacts>) =>
      store.get(
        new Set(
          changes.flatMap(({ backup, before }) =>
            before === undefined || before.content !== undefined || backup !== undefined ? [] : [before.sha256]
          )
        )
      )

    /** What happened since the last session looked, and what the sync did. */
    const reconciled = Effect.fnUntraced(function* (
      now: ReadonlyMap<string, Content>,
      last: LastSeen | undefined,
      report: SyncReport | undefined
    ) {
      const known = new Map<string, Content>([...now.values()].map((one) => [one.sha256, one]))
      const contentOf = (hash: string): Content =>
        known.get(hash) ?? { sha256: hash, size: undefined, content: undefined }
      return reconcile({ last, report, now, contentOf })
    })

    /** Agents as the sync knows them, by their stamps; of files that are no business of a sync, what was known before. */
    const seenBySync = Effect.fnUntraced(function* (last: LastSeen | undefined) {
      const synced = yield* state.read
      const { files: found } = yield* files.scan(stampsOf(synced), synced.since)
      const now = new Map<string, Content>()
      for (const [name, { sha256: hash, size }] of found) {
        now.set(fileOf(name), { sha256: hash, size, content: undefined })
      }
      for (const [file, hash] of last ?? []) {
        if (!isAgentName(agentIn(file))) now.set(file, { sha256: hash, size: undefined, content: undefined })
      }
      return now
    })

    /** A session that begins when all is over. */
    const short = Effect.fnUntraced(function* (
      kind: "sync" | "restore",
      now: ReadonlyMap<string, Content>,
      first: ReadonlyArray<LogEvent>,
      list: ReadonlyArray<ChangeFacts>
    ) {
      const former = yield* formerOf(list)
      const absent = yield* store.missing(
        new Set(list.flatMap(({ after, before }) => [after, before].flatMap((one) => one?.sha256 ?? [])))
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          const session = yield* log.open(yield* facts.started({ kind, agents: now, sensitive: false }))
          for (const event of first) yield* session.append(event)
          for (const some of Array.chunksOf(list, together)) {
            const changes = yield* Effect.forEach(some, (change) => withContents(change, former))
            const both = changes.flatMap(({ after, before }) => [before, after])
            yield* keep(
              both.filter((one) => one !== undefined && absent.has(one.sha256)),
              false
            )
            for (const change of changes) yield* session.append(changeEvent(change))
          }
          yield* lastSeen.write(now)
          yield* session.end({ outcome: "success", changes: list.length })
        })
      )
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
          lock_changed: report.lockChanged,
          ...(report.audit?.skipped === true ? { "crewkit.audit.skipped": true } : {})
        }
      }
    }

    const synced = Effect.fn("SessionRecorder.synced")(function* (report: SyncReport) {
      const last = Option.getOrUndefined(yield* lastSeen.read)
      const now = yield* seenBySync(last)
      yield* short("sync", now, [syncApplied(report)], yield* reconciled(now, last, report))
    })

    const contentFrom = (bytes: Uint8Array | undefined): Content | undefined =>
      bytes === undefined ? undefined : { sha256: sha256(bytes), size: bytes.length, content: bytes }

    const restored = Effect.fn("SessionRecorder.restored")(function* (list: ReadonlyArray<Restored>) {
      const last = Option.getOrUndefined(yield* lastSeen.read)
      const now = yield* seenBySync(last)
      const ours = new Set(list.map(({ file }) => file))
      const others = (yield* reconciled(now, last, undefined)).filter(({ file }) => !ours.has(file))
      const changes = list.map(({ after, backup, before, file }): ChangeFacts => ({
        file,
        before: contentFrom(before),
        after: contentFrom(after),
        by: { kind: "crewkit" },
        backup,
        restored: true
      }))
      yield* short("restore", now, [], [...others, ...changes])
    })

    const begin = Effect.fn("SessionRecorder.begin")(function* (wanted: CodeSession) {
      const { root } = yield* config.resolved
      const scope = yield* Effect.scope
      const version = yield* Effect.forkScoped(claude.version(wanted.claude), { startImmediately: true })
      const git = yield* Effect.forkScoped(facts.git, { startImmediately: true })
      yield* changes.look("whole")
      const now = yield* changes.seen
      const last = Option.getOrUndefined(yield* lastSeen.read)
      const found = yield* reconciled(now, last, wanted.report)
      const former = yield* formerOf(found)
      const events = yield* Effect.forEach(found, (change) => withContents(change, former))
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

      const inProject = projectPaths(root)
      let uses = noUses
      let hooksWork = false
      let pending: ReadonlyArray<Pending> = []

      const hear = Effect.fnUntraced(function* () {
        const time = yield* monotonic
        for (const hook of heard.splice(0)) {
          hooksWork = true
          uses = withHook(uses, { ...hook, ...inProject(hook) }, time)
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
        const found = attributed(uses, change.file, noticed)
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
            // From here on a change is not forgotten, whatever fails: it waits for the next look, or for the last.
            pending = [...pending, ...found.map((change) => ({ change, noticed }))]
            const kept = keep(
              found.map(({ after }) => after),
              wanted.sensitive
            )
            // A content that cannot be kept, for want of space say, is no reason to lose the fact.
            const dropped = yield* Effect.orElseSucceed(kept, (): ReadonlyArray<string> => [])
            if (dropped.length > 0) yield* session.append(droppedEvent(dropped))
            for (const each of pending) {
              const by = yield* byWhom(each, last)
              // Those after it wait too: the record is in the order in which changes were seen.
              if (Option.isNone(by)) break
              yield* record({ ...each.change, by: by.value })
              pending = pending.filter((one) => one !== each)
            }
            if (found.length > 0) yield* lastSeen.write(yield* changes.seen)
            if (pending.length > 0) {
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
