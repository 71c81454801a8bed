import { Effect } from "effect"
import { UsageError } from "../domain/errors.ts"
import { Prompter } from "../services/Prompter.ts"

/**
 * Asks before something is lost for good; false where the person says no. Where nobody can be asked, only `--yes` is an
 * answer: a script that means it says so.
 */
export const agreed = Effect.fnUntraced(function* (question: string, deed: string, next: string) {
  const prompter = yield* Prompter
  if (yield* prompter.confirm(question)) return true
  if (yield* prompter.possible) return false
  return yield* new UsageError({ problem: `nobody can be asked whether to ${deed}`, next })
})
