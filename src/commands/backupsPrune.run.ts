import { Clock, Effect, Option, Schema } from "effect"
import { prunable, type PruneRule } from "../domain/backupPrune.ts"
import { UsageError } from "../domain/errors.ts"
import { counted, faint, good, type Line, sizeText, warn } from "../domain/text.ts"
import { parseSpan } from "../domain/when.ts"
import { type Backup, Backups } from "../services/Backups.ts"
import { FileLock } from "../services/FileLock.ts"
import { Output } from "../services/Output.ts"
import { agreed } from "./agreed.ts"
import { agentNamed, BackupShown, noBackups, shown } from "./backupName.ts"

const BackupsPruned = Schema.Struct({
  backups: Schema.Array(BackupShown),
  bytes: Schema.Finite,
  /** False with --dry-run, or where the person said no. */
  done: Schema.Boolean
})

interface Input {
  readonly name: Option.Option<string>
  readonly keep: Option.Option<number>
  readonly olderThan: string
  readonly newest: boolean
  readonly dryRun: boolean
}

/** Backups that are listed one by one. */
const mostShown = 20

const next = "crewkit backups prune --keep 5, or --older-than 90d, or both; --dry-run only tells"

const ruleOf = Effect.fnUntraced(function* (input: Input) {
  const keep = Option.getOrUndefined(input.keep)
  const span = input.olderThan === "" ? undefined : parseSpan(input.olderThan)
  if (keep === undefined && input.olderThan === "") {
    return yield* new UsageError({ problem: "say which backups are to go: --keep, --older-than, or both", next })
  }
  if (input.olderThan !== "" && span === undefined) {
    return yield* new UsageError({ problem: `--older-than ${input.olderThan} is no span`, next })
  }
  if (keep !== undefined && keep < 0) return yield* new UsageError({ problem: "--keep counts from 0", next })
  if (keep === 0 && !input.newest) {
    return yield* new UsageError({
      problem: "--keep 0 leaves no backup at all, and the newest of an agent is not removed by accident",
      next: "--keep 1, or --keep 0 --include-newest if that is what you want"
    })
  }
  const now = yield* Clock.currentTimeMillis
  const rule: PruneRule = { keep, before: span === undefined ? undefined : now - span, newestToo: input.newest }
  return rule
})

const line = ({ name, size, time }: Backup): Line => [`  ${name}  ${time}  `, faint(sizeText(size))]

const total = (backups: ReadonlyArray<Backup>) => backups.reduce((sum, { size }) => sum + size, 0)

const resultOf = (backups: ReadonlyArray<Backup>, done: boolean): typeof BackupsPruned.Type => ({
  backups: backups.map(shown),
  bytes: total(backups),
  done
})

const words = (backups: ReadonlyArray<Backup>): string => {
  const agents = new Set(backups.map((backup) => backup.name)).size
  return `${counted(backups.length, "backup")} of ${counted(agents, "agent")} (${sizeText(total(backups))})`
}

export const data = BackupsPruned

export const run = Effect.fn("backups prune")(function* (input: Input) {
  const output = yield* Output
  const backups = yield* Backups
  const lock = yield* FileLock
  const rule = yield* ruleOf(input)
  const name = Option.isSome(input.name) ? yield* agentNamed(input.name.value) : undefined
  const there = yield* backups.list(name)
  const going = prunable(there, rule)
  const kept = resultOf(going, false)
  if (going.length === 0) {
    return yield* output.result(BackupsPruned, kept, [
      [there.length === 0 ? yield* noBackups(name) : "nothing to prune"]
    ])
  }
  const list: ReadonlyArray<Line> = [
    ...going.slice(0, mostShown).map(line),
    ...(going.length > mostShown ? [[faint(`  and ${going.length - mostShown} more; --json lists all`)]] : [])
  ]
  const what = words(going)
  if (input.dryRun) return yield* output.result(BackupsPruned, kept, [...list, [`${what} would be deleted`]])
  yield* output.note(list)
  if (!(yield* agreed(`Delete ${what}? Nothing brings them back.`, `delete ${what}`, "--yes, or --dry-run"))) {
    return yield* output.summary(BackupsPruned, kept, [[warn("nothing was deleted")]])
  }
  const gone = yield* lock.exclusive(
    Effect.gen(function* () {
      // What became the newest of its agent meanwhile stays, and nothing goes that was not asked about.
      const still = new Set(prunable(yield* backups.list(name), rule).map(({ path }) => path))
      const both = going.filter(({ path }) => still.has(path))
      yield* backups.remove(both)
      return both
    })
  )
  yield* output.summary(BackupsPruned, resultOf(gone, true), [[good("✓ "), `${words(gone)} deleted`]])
})
