import { Context, Effect, Layer, Option, Ref } from "effect"
import { Slug } from "../../src/domain/AgentName.ts"
import { Caller } from "../../src/api/Caller.ts"

/** Whose e-mail git says, and how often it was asked. */
export class CallerState extends Context.Service<
  CallerState,
  { readonly email: Ref.Ref<Option.Option<string>>; readonly lookups: Ref.Ref<number> }
>()("@crewkit/cli/test/fakes/CallerMemory/CallerState") {}

/** Somebody of the organization acme, with this e-mail or none. */
export const layer = (email?: string) =>
  Layer.effect(
    Caller,
    Effect.map(CallerState, ({ email: current, lookups }) => ({
      org: Slug.make("acme"),
      email: Effect.andThen(
        Ref.update(lookups, (count) => count + 1),
        Ref.get(current)
      )
    }))
  ).pipe(
    Layer.provideMerge(
      Layer.effect(CallerState, Effect.all({ email: Ref.make(Option.fromUndefinedOr(email)), lookups: Ref.make(0) }))
    )
  )
