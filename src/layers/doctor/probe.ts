/** Runs the checks of `crewkit doctor`: at once, each with a limit of its own, and none can end the others. */
import { Cause, Effect, Predicate } from "effect"
import { type Check, type CheckName, failing, skipped, type Verdict, warning } from "../../domain/doctor.ts"
import { checkSeconds } from "../../services/policies.ts"

/** What finds out about one thing, or about a few that hang together. */
export interface Probe<R> {
  readonly names: readonly [CheckName, ...ReadonlyArray<CheckName>]
  /** A verdict for each name, in their order. */
  readonly run: Effect.Effect<ReadonlyArray<Verdict>, never, R>
  /** What a probe that takes too long is. */
  readonly late: "warn" | "fail"
}

/** What an error of ours says for itself. */
export const verdictOf = (error: { readonly message: string }): Verdict => {
  const next = Predicate.hasProperty(error, "next") && Predicate.isString(error.next) ? error.next : undefined
  return failing(error.message, next === undefined ? {} : { next })
}

export const probe = <E extends { readonly message: string }, R>(
  name: CheckName,
  run: Effect.Effect<Verdict, E, R>,
  late: Probe<R>["late"] = "fail"
): Probe<R> => ({
  names: [name],
  run: Effect.map(
    Effect.catch(run, (error) => Effect.succeed(verdictOf(error))),
    (one) => [one]
  ),
  late
})

/** The first name gets the verdict, those after it are not known. */
const forAll = <R>({ names }: Probe<R>, first: Verdict): ReadonlyArray<Verdict> =>
  names.map((_, index) => (index === 0 ? first : skipped(`not looked at: see ${names[0]}`)))

const runOne = <R>(one: Probe<R>): Effect.Effect<ReadonlyArray<Check>, never, R> => {
  const slow = `timed out: no answer within ${checkSeconds} s`
  return one.run.pipe(
    Effect.timeoutOrElse({
      duration: `${checkSeconds} seconds`,
      orElse: () => Effect.succeed(forAll(one, one.late === "warn" ? warning(slow) : failing(slow)))
    }),
    Effect.catchCause((cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.interrupt
      const error = Cause.squash(cause)
      const reason = error instanceof Error ? error.message : String(error)
      return Effect.succeed(forAll(one, failing(`this check itself failed: ${reason}`)))
    }),
    Effect.map((verdicts) =>
      one.names.map((name, index): Check => ({ name, ...(verdicts[index] ?? skipped("not looked at")) }))
    )
  )
}

export const runProbes = <R>(probes: ReadonlyArray<Probe<R>>): Effect.Effect<ReadonlyArray<Check>, never, R> =>
  Effect.map(Effect.forEach(probes, runOne, { concurrency: "unbounded" }), (all) => all.flat())

/** Until what has come meanwhile is dealt with. */
const aside: Effect.Effect<void> = Effect.callback((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** One after the other, for what costs this process time and waits for nobody. */
export const oneByOne = <R>(probes: ReadonlyArray<Probe<R>>): Effect.Effect<ReadonlyArray<Check>, never, R> =>
  Effect.map(
    Effect.forEach(probes, (one) => Effect.andThen(aside, runOne(one))),
    (all) => all.flat()
  )
