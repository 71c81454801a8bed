import { Clock, Effect, Layer, Option, TextDiff } from "effect"
import type { AgentName } from "../domain/AgentName.ts"
import type { CapabilityChanges } from "../domain/audit/capabilityChanges.ts"
import { EmptyAnswer, LockNotMet, UnsafePath, UsageError } from "../domain/errors.ts"
import { type LockFile, lockDifferences, lockText, updateLock } from "../domain/LockFile.ts"
import { type PlanItem, type PlanOptions, planSync } from "../domain/syncPlan.ts"
import type { SyncItem, SyncReport } from "../domain/SyncReport.ts"
import { isDirty, namesOf, ownHashes, pendingWith, stampsOf, stateAfter } from "../domain/syncOutcome.ts"
import type { SyncState } from "../domain/SyncState.ts"
import type { FileStamp } from "../domain/FileStamp.ts"
import { AgentReader } from "../services/AgentReader.ts"
import { AgentFiles, type Scan } from "../services/AgentFiles.ts"
import type { Auditing } from "../services/Auditing.ts"
import { Backups, type Kept } from "../services/Backups.ts"
import { ContentStore } from "../services/ContentStore.ts"
import type { EffectiveAgents } from "../services/EffectiveAgents.ts"
import { FileLock } from "../services/FileLock.ts"
import { Invocation } from "../services/Invocation.ts"
import { LocalState } from "../services/LocalState.ts"
import { Lock } from "../services/Lock.ts"
import { Output } from "../services/Output.ts"
import { Prompter } from "../services/Prompter.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { Sync, type SyncRequest } from "../services/Sync.ts"
import { untilSettled } from "./fileStamp.ts"
import { type Passed, passGate } from "./syncGate.ts"
import { frozenTargets, latestTargets, type Targets } from "./syncTargets.ts"

/** The lock follows the registry's own answer, never an old one: `--offline` could turn back what a colleague committed. */
const writesLock = (request: SyncRequest): boolean => request.against === "latest" && !request.offline

/** The fingerprint of the lock where it is known to name what is synced; empty where nobody compared the two. */
const namedBy = (targets: Targets, request: SyncRequest, fingerprint: string): string =>
  targets.lock !== undefined && request.offline ? "" : fingerprint

/** What was replaced is what the backup holds: somebody may have saved the file since the plan was made. */
const withBackups = (plan: ReadonlyArray<PlanItem>, kept: ReadonlyMap<AgentName, Kept>): ReadonlyArray<SyncItem> =>
  plan.map((item) => {
    const backup = kept.get(item.name)
    const restore = `crewkit backups restore ${item.name} ${backup?.time ?? ""}`
    return backup === undefined ? item : { ...item, before: backup.sha256, backup: backup.path, restore }
  })

/** Everything that one look at the project shows. */
interface View {
  readonly state: SyncState
  readonly scan: Scan
  readonly plan: ReadonlyArray<PlanItem>
}

/** Contents with the hashes that they were asked for by. */
function* withHashes(contents: ReadonlyMap<AgentName, Uint8Array | string>, desired: ReadonlyMap<AgentName, string>) {
  for (const [name, content] of contents) yield [name, content, desired.get(name)] as const
}

const outcomeOf = (
  view: View,
  fresh: ReadonlyMap<AgentName, FileStamp>,
  { basis, desired, refused, remarks, role }: Targets,
  lockFingerprint: string,
  since: number
): SyncState =>
  stateAfter({
    before: view.state,
    plan: view.plan,
    found: view.scan.files,
    fresh,
    answer: basis === undefined ? undefined : { key: basis.key, etag: basis.etag, role, desired, refused, remarks },
    lockFingerprint,
    since
  })

export const layer = Layer.effect(
  Sync,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const files = yield* AgentFiles
    const backups = yield* Backups
    const lock = yield* Lock
    const states = yield* LocalState
    const store = yield* ContentStore
    const fileLock = yield* FileLock
    const prompter = yield* Prompter
    const output = yield* Output
    const invocation = yield* Invocation
    const agentReader = yield* AgentReader
    const services = yield* Effect.context<
      AgentFiles | Auditing | EffectiveAgents | ContentStore | Lock | ProjectConfig
    >()

    const look = Effect.fnUntraced(function* (targets: Targets, options: PlanOptions) {
      const state = yield* states.read
      const scan = yield* files.scan(stampsOf(state), state.since)
      const blocked = [...scan.irregular].find(([name]) => targets.desired.has(name))
      if (blocked !== undefined) {
        return yield* new UnsafePath({ path: `.claude/agents/${blocked[0]}.md`, reason: blocked[1] })
      }
      const disk = new Map([...scan.files].map(([name, stamp]) => [name, stamp.sha256]))
      const refused = new Set(targets.refused.map((entry) => entry.name))
      const view: View = {
        state,
        scan,
        plan: planSync({ desired: targets.desired, ...ownHashes(state), disk, refused }, options)
      }
      return view
    })

    /** Files of somebody else that bear an agent's name: replaced with `--yes` or after asking. */
    const askForForeign = Effect.fnUntraced(function* (plan: ReadonlyArray<PlanItem>) {
      const agreed = new Set<string>()
      for (const item of plan.filter(({ status }) => status === "in-the-way")) {
        const question = `.claude/agents/${item.name}.md was not written by crewkit. Back it up and replace it?`
        if (yield* prompter.confirm(question)) agreed.add(item.name)
      }
      return agreed
    })

    const lockAfter = Effect.fnUntraced(function* (targets: Targets, before: LockFile | undefined) {
      const { org, project } = yield* config.resolved
      return targets.lock === undefined
        ? undefined
        : updateLock(
            before,
            { org: org.value, project: project.value, role: targets.role },
            targets.lock,
            new Set(targets.refused.map((entry) => entry.name))
          )
    })

    const insistOnLock = Effect.fnUntraced(function* (targets: Targets, before: LockFile | undefined) {
      if (before === undefined) {
        return yield* new LockNotMet({
          problem: "there is no .agent/agents.lock",
          differences: [],
          next: "crewkit sync"
        })
      }
      const differences = targets.lock === undefined ? [] : lockDifferences(before, targets.role, targets.lock)
      if (differences.length > 0) {
        return yield* new LockNotMet({
          problem: "the registry's answer is not what .agent/agents.lock names",
          differences,
          next: "crewkit sync takes the registry's answer and updates the lock"
        })
      }
    })

    /** The unified diff, and what it changes in what the agent can do. */
    const changeOf = Effect.fnUntraced(function* (
      item: PlanItem,
      after: Uint8Array | string | undefined,
      changes: (path: string, before: Uint8Array | undefined, after: Uint8Array) => CapabilityChanges
    ) {
      const file = `.claude/agents/${item.name}.md`
      const before = item.before === undefined ? undefined : yield* files.read(item.name)
      const textOf = (content: Uint8Array | string | undefined) =>
        typeof content === "string" ? content : new TextDecoder().decode(content)
      const edits = TextDiff.lines(textOf(before), textOf(after), { maxEdits: 2000 })
      const diff = TextDiff.unified(edits, {
        fromFile: before === undefined ? "/dev/null" : `a/${file}`,
        toFile: after === undefined ? "/dev/null" : `b/${file}`
      })
      if (after === undefined) return { ...item, diff }
      const bytes = typeof after === "string" ? new TextEncoder().encode(after) : after
      return { ...item, diff, capabilities: changes(file, before, bytes) }
    })

    const withDiffs = Effect.fnUntraced(function* (plan: ReadonlyArray<PlanItem>, targets: Targets) {
      const changing = new Set(plan.filter(({ action }) => action === "write" || action === "remove"))
      if (changing.size === 0) return plan
      const contents = yield* targets.contents(namesOf(plan, "write"))
      const { changesBetween } = yield* Effect.promise(() => import("./capabilityDiff.ts"))
      const read = yield* agentReader.reader
      const items: Array<SyncItem> = []
      for (const item of plan) {
        const changed = changing.has(item)
        items.push(
          changed ? yield* changeOf(item, contents.get(item.name), (...sides) => changesBetween(read, ...sides)) : item
        )
      }
      return items
    })

    const writeFiles = Effect.fnUntraced(function* (
      contents: ReadonlyMap<AgentName, Uint8Array | string>,
      desired: ReadonlyMap<AgentName, string>,
      kept: ReadonlyMap<AgentName, Kept>
    ) {
      const fresh = new Map<AgentName, FileStamp>()
      const others = new Map<AgentName, Kept>()
      if (contents.size === 0) return { fresh, others }
      yield* output.withProgress("Writing agents", contents.size, (progress) =>
        files.write(withHashes(contents, desired), kept, (name, stamp, other) => {
          fresh.set(name, stamp)
          if (other !== undefined) others.set(name, other)
          progress.at(fresh.size)
        })
      )
      return { fresh, others }
    })

    /** Under the lock: journal, backups, files, lock file, state, in this order. */
    const apply = Effect.fnUntraced(function* (view: View, targets: Targets, request: SyncRequest) {
      const writes = namesOf(view.plan, "write")
      const removals = namesOf(view.plan, "remove")
      yield* files.check([...writes, ...removals])
      const contents = yield* targets.contents(writes)
      if (writes.size > 0) {
        const begun = [...writes].map((name) => [name, targets.desired.get(name) ?? ""] as const)
        yield* states.write({ ...view.state, pending: pendingWith(view.state, begun) })
      }
      const replaced = view.plan.filter(
        (item) => item.before !== undefined && (item.action === "write" || item.action === "remove")
      )
      const kept = yield* backups.keep(replaced.map((item) => item.name))
      // While the disk is busy with the agents, the caches are made ready.
      const caches = Effect.andThen(
        Effect.asVoid(store.put(targets.objects())),
        request.against === "latest" ? targets.remember : Effect.void
      )
      const writing = writeFiles(contents, targets.desired, kept)
      const [{ fresh, others }] = yield* Effect.all([writing, caches], { concurrency: 2 })
      const removed = yield* files.remove([...removals], kept)
      const before = Option.getOrUndefined(yield* lock.read)
      const after = writesLock(request) ? yield* lockAfter(targets, before) : undefined
      const lockChanged = after !== undefined && (before === undefined || lockText(before) !== lockText(after))
      const fingerprint = namedBy(targets, request, lockChanged ? yield* lock.write(after) : yield* lock.fingerprint)
      yield* Effect.sleep(untilSettled(fresh.values(), yield* Clock.currentTimeMillis))
      const state = outcomeOf(view, fresh, targets, fingerprint, yield* Clock.currentTimeMillis)
      if (isDirty(view.state, state)) yield* states.write(state)
      return { kept: new Map([...kept, ...others, ...removed]), lockChanged }
    })

    const optionsOf = Effect.fnUntraced(function* (request: SyncRequest, agreed: ReadonlySet<string>) {
      const resolved = yield* config.resolved
      const options: PlanOptions = {
        keepLocal: request.keepLocal ?? resolved.keepLocal.value,
        prune: request.prune ?? resolved.prune.value,
        replaceForeign: (name) => agreed.has(name)
      }
      return options
    })

    const run = Effect.fn("Sync.run")(function* (request: SyncRequest) {
      if (request.against === "frozen" && request.offline) {
        return yield* new UsageError({
          problem: "--frozen asks nobody; --offline adds nothing to it",
          next: "leave --offline out"
        })
      }
      const fingerprint = yield* lock.fingerprint
      const state = yield* states.read
      const targets =
        request.against === "frozen"
          ? yield* Effect.provide(frozenTargets(state), services)
          : yield* Effect.provide(latestTargets(request, state, fingerprint), services)
      const before =
        targets.lock === undefined && request.against !== "locked" ? undefined : Option.getOrUndefined(yield* lock.read)
      if (request.against === "locked") yield* insistOnLock(targets, before)
      const after = writesLock(request) ? yield* lockAfter(targets, before) : undefined
      const lockWillChange = after !== undefined && (before === undefined || lockText(before) !== lockText(after))

      const report = (
        items: ReadonlyArray<SyncItem>,
        lockChanged: boolean,
        { audit, targets: aim }: Passed = { targets, audit: undefined }
      ): SyncReport => ({
        mode: request.mode,
        source: aim.source,
        role: aim.role,
        items: items.filter((item) => item.status !== "unchanged"),
        unchanged: items.filter((item) => item.status === "unchanged").length,
        refused: aim.refused,
        remarks: aim.remarks,
        lockChanged,
        ...(audit === undefined ? {} : { audit })
      })
      const gate = (plan: ReadonlyArray<PlanItem>, known: SyncState) =>
        Effect.provide(passGate(request, targets, namesOf(plan, "write"), known), services)

      const first = yield* look(targets, yield* optionsOf(request, new Set()))
      if (request.mode === "check") return report(first.plan, lockWillChange)
      if (request.mode === "plan") {
        const passed = yield* gate(first.plan, state)
        return report(yield* withDiffs(first.plan, targets), lockWillChange, passed)
      }

      // Before the first byte is written anywhere, caches included.
      yield* files.check([...namesOf(first.plan, "write"), ...namesOf(first.plan, "remove")])
      const agreed = yield* askForForeign(first.plan)
      const options = yield* optionsOf(request, agreed)
      const isQuiet = first.plan.every((item) => item.action === "none" || item.action === "keep") && agreed.size === 0
      const expected = outcomeOf(first, new Map(), targets, namedBy(targets, request, fingerprint), 0)
      if (isQuiet && !lockWillChange && !isDirty(first.state, expected)) {
        if (request.against === "latest") yield* targets.remember
        return report(first.plan, false)
      }
      return yield* fileLock.exclusive(
        Effect.gen(function* () {
          const view = yield* look(targets, options)
          const owned = Object.keys(view.state.written).length
          if (
            targets.desired.size === 0 &&
            targets.refused.length === 0 &&
            namesOf(view.plan, "remove").size > 0 &&
            !invocation.yes
          ) {
            return yield* new EmptyAnswer({ count: owned })
          }
          const passed = yield* gate(view.plan, view.state)
          // What the gate holds back is as if the registry had refused it: the plan is made once more.
          const settled = passed.targets === targets ? view : yield* look(passed.targets, options)
          const { kept, lockChanged } = yield* apply(settled, passed.targets, request)
          return report(withBackups(settled.plan, kept), lockChanged, passed)
        })
      )
    })

    return Sync.of({ run })
  })
)
