import { Console, Effect, Option } from "effect"
import { GlobalFlag } from "effect/cli"

/** `--completions`, with our script in place of the one of `effect/cli`, which knows no agents. */
export const Completions: typeof GlobalFlag.Completions = GlobalFlag.Action({
  flag: GlobalFlag.Completions.flag,
  run: (shell) =>
    Option.match(shell, {
      onNone: () => Effect.void,
      onSome: (name) =>
        Effect.flatMap(
          Effect.promise(() => import("../domain/completion/scripts.ts")),
          ({ completionScript }) => Console.log(completionScript(name).trimEnd())
        )
    })
})
