/** Logins in memory, whose state a test can read and set; `failing` makes the next calls fail. */
import { Context, Effect, Layer, Option, Ref } from "effect"
import type { Credential, CredentialKey } from "../../src/domain/Credential.ts"
import { StoredMissing, type StoreFailure } from "../../src/domain/storeErrors.ts"
import { TokenStore } from "../../src/services/TokenStore.ts"

export interface TokensState {
  /** By `<origin> <account>`. */
  readonly credentials: ReadonlyMap<string, Credential>
  /** Every write in its order, so that what was there in between can be seen. */
  readonly written: ReadonlyArray<Credential>
  /** What reads and writes fail with while it is there. */
  readonly readFailure?: StoreFailure
  readonly writeFailure?: StoreFailure
}

export class Tokens extends Context.Service<Tokens, Ref.Ref<TokensState>>()(
  "@crewkit/cli/test/fakes/TokenStoreMemory/Tokens"
) {
  static readonly layer = Layer.effect(Tokens, Ref.make<TokensState>({ credentials: new Map(), written: [] }))
}

export const nameOf = ({ account, origin }: CredentialKey): string => `${origin} ${account}`

export const layer = Layer.effect(
  TokenStore,
  Effect.gen(function* () {
    const tokens = yield* Tokens
    const failing = (failure: StoreFailure | undefined): Effect.Effect<void, StoreFailure> =>
      failure === undefined ? Effect.void : Effect.fail(failure)
    return TokenStore.of({
      read: Effect.fnUntraced(function* (key) {
        const { credentials, readFailure } = yield* Ref.get(tokens)
        yield* failing(readFailure)
        const credential = Option.fromNullishOr(credentials.get(nameOf(key)))
        if (Option.isNone(credential)) return yield* new StoredMissing({ what: `the login at ${key.origin}` })
        return { credential: credential.value, store: "keychain" }
      }),
      write: Effect.fnUntraced(function* (key, credential) {
        yield* failing((yield* Ref.get(tokens)).writeFailure)
        yield* Ref.update(tokens, (state) => ({
          ...state,
          credentials: new Map(state.credentials).set(nameOf(key), credential),
          written: [...state.written, credential]
        }))
        return "keychain" as const
      }),
      remove: Effect.fnUntraced(function* (key) {
        yield* failing((yield* Ref.get(tokens)).writeFailure)
        return yield* Ref.modify(tokens, (state) => [
          state.credentials.has(nameOf(key)),
          {
            ...state,
            credentials: new Map([...state.credentials].filter(([name]) => name !== nameOf(key)))
          }
        ])
      })
    })
  })
).pipe(Layer.provideMerge(Tokens.layer))
