/** Checks the segments of one session: their chain, their seals, and what the ledger says of them. */
import { Effect } from "effect"
import { join } from "node:path"
import { type ChainState, type Checked, genesis, isOrdinary, step } from "../domain/logChain.ts"
import type { Fault } from "../domain/logErrors.ts"
import type { LedgerSeal } from "../domain/logLedger.ts"
import { sourceOf } from "../domain/logRecord.ts"
import { originOf } from "../domain/signedNote.ts"
import { segmentName } from "./logFolder.ts"
import { eachLine, opened } from "./logLedgerFile.ts"
import type { LineBytes } from "./logScan.ts"
import { type CheckingKey, sealVerdict } from "./logSeals.ts"
import { sha256 } from "./nodeFs.ts"

export interface Walked {
  readonly records: number
  readonly bytes: number
  readonly seals: number
  /** How many seals have no signature, by reason. */
  readonly unsigned: ReadonlyMap<string, number>
  /** Names of keys that nobody here knows, and that signed. */
  readonly unknownKeys: ReadonlySet<string>
  /** Records after the last seal. */
  readonly unsealed: number
  readonly fault: Fault | undefined
}

/** `names`: segments in order. `seals`: the ledger's. `key`: the one that has to have signed, where it is known. */
export const walk = Effect.fnUntraced(function* (
  folder: string,
  session: string,
  names: ReadonlyArray<string>,
  seals: ReadonlyArray<LedgerSeal>,
  key: CheckingKey | undefined
) {
  const expected = seals.filter(({ size }) => size > 0).sort((one, other) => one.size - other.size)
  const unsigned = new Map<string, number>()
  const unknownKeys = new Set<string>()
  const origin = originOf(session)
  let state: ChainState = genesis(sourceOf(session), sha256)
  let next: string | undefined
  let fault: Fault | undefined
  let [bytes, count, sealedUpTo, met, records] = [0, 0, 0, 0, 0]

  const take = (
    line: LineBytes,
    at: { readonly file: string; readonly session: string; readonly line: number }
  ): void => {
    const checked: Checked = isOrdinary(state, line.bytes)
      ? { _tag: "Good", state: { seq: state.seq + 1, head: line.hash() } }
      : step(state, line)
    if (checked._tag === "Bad") {
      fault = { ...checked.fault, ...at }
      return
    }
    const { seal } = checked
    const seq = checked.state.seq - 1
    if (seal !== undefined) {
      const verdict = sealVerdict(seal, origin, key)
      if (verdict._tag === "Bad") {
        fault = { kind: verdict.kind, ...at, seq, problem: verdict.problem }
        return
      }
      count += 1
      sealedUpTo = checked.state.seq
      if (verdict._tag === "Unsigned") unsigned.set(verdict.reason, (unsigned.get(verdict.reason) ?? 0) + 1)
      if (verdict._tag === "Unknown") unknownKeys.add(verdict.name)
    }
    records += 1
    state = checked.state
    next = checked.next
    if (state.torn !== undefined) return
    for (let one = expected[met]; one !== undefined && one.size === state.seq; one = expected[++met]) {
      if (one.head === state.head) continue
      const problem = `record ${seq} is not the one that the ledger sealed (its record ${one.seq})`
      fault = { kind: "seal-mismatch", ...at, seq, problem }
      return
    }
  }

  for (const [index, file] of names.entries()) {
    const due = segmentName(session, index + 1)
    if (file !== due) {
      const problem = `the segment is gone, and ${file} is there`
      fault = { kind: "missing", file: due, session, problem }
      break
    }
    if (index > 0 && next !== file) {
      const problem = `no record of ${names[index - 1] ?? "the segment before"} says that the log goes on here`
      fault = { kind: "unknown-segment", file, session, problem }
      break
    }
    const path = join(folder, file)
    yield* Effect.scoped(
      Effect.gen(function* () {
        const reader = yield* opened(path)
        yield* eachLine(reader, path, (line) => {
          take(line, { file, session, line: reader.lines })
          return fault === undefined
        })
        bytes += reader.bytes
        if (fault !== undefined) return
        const line = reader.lines + 1
        if (reader.overlong) {
          fault = { kind: "unreadable", file, session, line, problem: `line ${line} is too long to be a record` }
        } else if (reader.rest.length > 0 && index < names.length - 1) {
          const problem = `its last line is unfinished, and the log goes on in ${names[index + 1] ?? "another"}`
          fault = { kind: "unreadable", file, session, line, problem }
        }
      })
    )
    if (fault !== undefined) break
  }

  const last = expected.at(-1)
  const end = names.at(-1)
  if (fault === undefined && end !== undefined && last !== undefined && met < expected.length) {
    const told = `the ledger sealed ${last.size} records of this session, and ${state.seq} are there`
    fault =
      next === undefined
        ? { ...(state.torn ?? { kind: "truncated", problem: told }), file: end, session }
        : { kind: "missing", file: next, session, problem: `the segment is gone: ${told}` }
  }
  const walked: Walked = {
    records,
    bytes,
    seals: count,
    unsigned,
    unknownKeys,
    unsealed: Math.max(0, state.seq - sealedUpTo),
    fault
  }
  return walked
})
