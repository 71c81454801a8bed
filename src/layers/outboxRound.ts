/**
 * One round of telling the registry: reads the log from where the outbox stands, sends in order, and notes what is
 * taken or refused. Killed at any moment, the next round sends some of it again, under the same keys.
 */
import { Effect, Option } from "effect"
import { join } from "node:path"
import { captureOf, isDelivered, sendsContent, startOfSession, type Task, taskOf } from "../domain/delivery.ts"
import type { SessionStarted } from "../domain/logEvents.ts"
import {
  emptyOutbox,
  type Entry,
  isBlocked,
  newEntry,
  type Outbox,
  parkedCount,
  pruned,
  readOutbox,
  retried
} from "../domain/outbox.ts"
import type { Capture } from "../domain/ProjectSettings.ts"
import { own, typedEntries } from "../domain/records.ts"
import type { ContentStore } from "../services/ContentStore.ts"
import { segmentsIn } from "./logFolder.ts"
import { beginning, countFrom, itemsFrom, type Place } from "./logTail.ts"
import { attempt, listIfThere, readIfThere, writeDurably } from "./nodeFs.ts"
import { contentsOf, type Halt, tell } from "./outboxSend.ts"
import type { SessionsClient } from "./registrySessions.ts"

/** Who tells the registry, as far as that is known. */
export interface Login {
  readonly client: SessionsClient
  readonly user: string | undefined
}

/** The first record of a session. */
interface Facts {
  readonly started: SessionStarted
  readonly time: string
}

/** What one process remembers, so that nothing is read twice. */
export interface Memory {
  readonly facts: Map<string, Facts | undefined>
  /** Behind the last record that was told of, and the number that comes next. */
  readonly places: Map<string, { readonly place: Place; readonly next: number }>
  /** Parked, and to be tried again. */
  readonly again: Map<string, Set<number>>
}

export const newMemory = (): Memory => ({ facts: new Map(), places: new Map(), again: new Map() })

export interface Room {
  /** `.crewkit` */
  readonly folder: string
  readonly origin: string
  readonly capture: Capture
  readonly contents: ContentStore["Service"]
  readonly memory: Memory
}

export interface Round {
  readonly sessions: number
  readonly modifications: number
  readonly ends: number
  readonly newlyParked: number
  readonly halt: Halt | undefined
  /** The registry's id of whoever told it, where it was told anything. */
  readonly user: string | undefined
}

/** Acknowledgements after which the outbox is written. */
const saveEvery = 20

/** Sessions in a row of which the registry cannot say anything: then it is the registry, and not an event. */
const mostAsides = 3

const sessionsIn = (folder: string): string => join(folder, "sessions")

const outboxFile = (folder: string): string => join(folder, "outbox.json")

const readOutboxIn = (folder: string) =>
  Effect.map(
    readIfThere(outboxFile(folder)),
    Option.match({ onNone: () => emptyOutbox, onSome: (bytes) => readOutbox(bytes.toString("utf8")) })
  )

const save = (folder: string, outbox: Outbox) => writeDurably(outboxFile(folder), JSON.stringify(outbox), 0o600)

/** Of a session that was not begun nothing can have been told. */
const consistent = (entry: Entry): Entry =>
  entry.remote === undefined && entry.next > 0 && !isBlocked(entry) ? newEntry(entry.registry) : entry

/** One session that is to be told of. */
interface Work {
  readonly id: string
  readonly segments: ReadonlyArray<string>
  readonly facts: Facts
  readonly again: Set<number>
  readonly from: Place
  readonly entry: Entry
}

type Found = ReturnType<typeof itemsFrom>

const none = new Set<number>()

const factsIn = (memory: Memory, folder: string, id: string, segments: ReadonlyArray<string>): Facts | undefined => {
  if (memory.facts.has(id)) return memory.facts.get(id)
  const [first] = itemsFrom(folder, segments, beginning, () => true, 1).items
  const started = first === undefined ? undefined : Option.getOrUndefined(startOfSession(first.record))
  const facts = first === undefined || started === undefined ? undefined : { started, time: first.record.time }
  // A file without a whole line yet may get one.
  if (first !== undefined) memory.facts.set(id, facts)
  return facts
}

const byTime = (one: Work, other: Work): number =>
  one.facts.time === other.facts.time ? (one.id < other.id ? -1 : 1) : one.facts.time < other.facts.time ? -1 : 1

/** What the log has for this registry, oldest first; and the outbox without what the log no longer has. */
const look = Effect.fnUntraced(function* ({ capture, folder, memory, origin }: Room) {
  const sessions = sessionsIn(folder)
  const all = segmentsIn(yield* listIfThere(sessions))
  const outbox = pruned(yield* readOutboxIn(folder), (id) => all.has(id))
  return yield* attempt("read", sessions, () => {
    const work: Array<Work> = []
    let elsewhere = 0
    for (const [id, segments] of all) {
      const known = own(outbox.sessions, id)
      const again = memory.again.get(id) ?? none
      if (known !== undefined && again.size === 0 && (known.ended || isBlocked(known))) continue
      const facts = factsIn(memory, sessions, id, segments)
      if (facts === undefined || captureOf(facts.started.capture, capture) === "none") continue
      if (facts.started.registry !== origin) {
        if (facts.started.registry !== "folder") elsewhere++
        continue
      }
      const entry = consistent(known ?? newEntry(origin))
      const place = again.size === 0 ? memory.places.get(id) : undefined
      const from = place !== undefined && place.next <= entry.next ? place.place : beginning
      work.push({ id, segments, facts, again, from, entry })
    }
    return { outbox, work: work.sort(byTime), elsewhere }
  })
})

const wantedIn =
  ({ again, entry }: Work) =>
  (type: string, seq: number): boolean =>
    isDelivered(type) && ((seq >= entry.next && !entry.ended) || again.has(seq))

const isOthers = ({ facts }: Work, user: string | undefined): boolean =>
  user !== undefined && facts.started.user !== undefined && facts.started.user !== user

const counterOf = { Create: "sessions", Modify: "modifications", End: "ends" } as const

interface Options<E> extends Room {
  /** Asked for when there is something to tell. */
  readonly login: Effect.Effect<Login, E>
  /** Events. */
  readonly most: number
  readonly told: () => void
}

/** So many events, or fewer where the registry does not let us. */
export const deliverRound = Effect.fnUntraced(function* <E>(options: Options<E>) {
  const { capture, contents, folder, login, memory, most, told } = options
  const { outbox, work } = yield* look(options)
  const sessions: Record<string, Entry> = { ...outbox.sessions }
  const count = { sessions: 0, modifications: 0, ends: 0, newlyParked: 0 }
  let unsaved = 0
  let left = most
  let asides = 0
  let halt: Halt | undefined
  let who: Login | undefined
  const keep = Effect.suspend(() => {
    unsaved = 0
    return save(folder, { version: 1, sessions })
  })

  const note = Effect.fnUntraced(function* (id: string, before: Entry, after: Entry, task: Task) {
    sessions[id] = after
    memory.again.get(id)?.delete(task.seq)
    if (after.parked.some(({ seq }) => seq === task.seq) || parkedCount(after) > parkedCount(before))
      count.newlyParked++
    else if (task._tag !== "Untellable") count[counterOf[task._tag]]++
    told()
    // A session's id is worth a write of its own: all that follows stands on it.
    if (++unsaved >= saveEvery || task._tag === "Create") yield* keep
  })

  /** Until these records are told, or it cannot go on. */
  const tellSession = Effect.fnUntraced(function* (one: Work, { items, end }: Found, { client }: Login) {
    const tasks = items.flatMap(({ after, before, record }) =>
      Option.match(taskOf(record, before), { onNone: () => [], onSome: (task) => [{ task, after }] })
    )
    const { started } = one.facts
    const policy = { capture: captureOf(started.capture, capture), sensitive: started.sensitive }
    const hashes = tasks.flatMap(({ task }) => (task._tag === "Modify" ? [task.before, task.after] : []))
    const kept =
      sendsContent(policy) && hashes.length > 0
        ? yield* contents.get(new Set(hashes.filter((hash) => hash !== undefined)))
        : new Map<string, Uint8Array>()
    // Those that are tried again stand anywhere, and leave no place to go on from.
    const inOrder = one.again.size === 0
    const whole = items.length < left
    let entry = one.entry
    for (const { after, task } of tasks) {
      if (entry.ended && !one.again.has(task.seq)) break
      const before = entry
      entry = yield* tell(client, one.id, before, task, task._tag === "Modify" ? contentsOf(task, kept) : {})
      left--
      asides = 0
      yield* note(one.id, before, entry, task)
      if (inOrder) memory.places.set(one.id, { place: after, next: entry.next })
      if (isBlocked(entry)) return
    }
    if (inOrder && whole) memory.places.set(one.id, { place: end, next: entry.next })
  })

  const run = Effect.gen(function* () {
    for (const one of work) {
      if (left <= 0 || (halt !== undefined && (halt.why !== "set-aside" || asides >= mostAsides))) break
      const found = yield* attempt("read", sessionsIn(folder), () =>
        itemsFrom(sessionsIn(folder), one.segments, one.from, wantedIn(one), left)
      )
      if (found.items.length === 0) continue
      who ??= yield* login
      if (isOthers(one, who.user)) continue
      const met = yield* Effect.result(tellSession(one, found, who))
      if (met._tag === "Success") continue
      if (met.failure._tag !== "Halt") return yield* met.failure
      halt = met.failure
      asides++
    }
  })
  yield* Effect.ensuring(
    run,
    Effect.suspend(() => (unsaved > 0 ? Effect.ignore(keep) : Effect.void))
  )
  const round: Round = { ...count, halt, user: who?.user }
  return round
})

/** Events that wait for this registry, by session. */
const waitingIn = (room: Room, work: ReadonlyArray<Work>) =>
  attempt("read", room.folder, () =>
    work.map((one) => [one.id, countFrom(sessionsIn(room.folder), one.segments, one.from, wantedIn(one))] as const)
  )

/** The sessions of which the registry has not been told everything. */
export const untold = Effect.fnUntraced(function* (room: Room) {
  const { work } = yield* look(room)
  return new Set((yield* waitingIn(room, work)).flatMap(([id, count]) => (count > 0 ? [id] : [])))
})

/** What waits and what is parked, for this registry. */
export const standing = Effect.fnUntraced(function* (room: Room, user: string | undefined) {
  const { elsewhere, outbox, work } = yield* look(room)
  const mine = work.filter((one) => !isOthers(one, user))
  const waiting = (yield* waitingIn(room, mine)).reduce((sum, [, count]) => sum + count, 0)
  const refusals = typedEntries(outbox.sessions)
    .filter(([, { registry }]) => registry === room.origin)
    .flatMap(([session, { parked }]) => parked.map((one) => ({ session, ...one })))
  const parked = typedEntries(outbox.sessions)
    .filter(([, { registry }]) => registry === room.origin)
    .reduce((sum, [, entry]) => sum + parkedCount(entry), 0)
  return { waiting, elsewhere: elsewhere + work.length - mine.length, parked, refusals }
})

/** Everything that is parked waits again. */
export const unpark = Effect.fnUntraced(function* ({ folder, memory, origin }: Room) {
  const outbox = yield* readOutboxIn(folder)
  const sessions = typedEntries(outbox.sessions).map(([id, entry]): [string, Entry] => {
    if (entry.registry !== origin) return [id, entry]
    const next = retried(entry)
    memory.again.set(id, new Set(next.again))
    memory.places.delete(id)
    return [id, next.entry]
  })
  yield* save(folder, { version: 1, sessions: Object.fromEntries(sessions) })
})
