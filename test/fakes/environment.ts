import { Effect } from "effect"

/** Sets environment variables, or takes them away, until the test is over. */
export const environment = (variables: Record<string, string | undefined>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
      set(Object.entries(variables))
      return before
    }),
    (before) => Effect.sync(() => set(before))
  )

const set = (variables: ReadonlyArray<readonly [string, string | undefined]>): void => {
  for (const [name, value] of variables) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}
