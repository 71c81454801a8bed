/** The session log's key and marks in memory; a test may take the keychain away. */
import { Context, Effect, Layer, Option, Ref } from "effect"
import { createHash, generateKeyPairSync, sign } from "node:crypto"
import { keyIdInput } from "../../src/domain/signedNote.ts"
import { StoreUnavailable } from "../../src/domain/storeErrors.ts"
import { LogKeys, type LogSigner, type Mark } from "../../src/services/LogKeys.ts"

export const newSigner = (name: string): LogSigner => {
  const { privateKey, publicKey: pair } = generateKeyPairSync("ed25519")
  const publicKey = new Uint8Array(pair.export({ format: "der", type: "spki" }).subarray(-32))
  const id = createHash("sha256").update(keyIdInput(name, publicKey)).digest("hex").slice(0, 8)
  return { key: { name, id, publicKey }, sign: (text) => new Uint8Array(sign(null, Buffer.from(text), privateKey)) }
}

export class KeyState extends Context.Service<
  KeyState,
  {
    readonly there: Ref.Ref<boolean>
    readonly signer: Ref.Ref<LogSigner>
    readonly marks: Ref.Ref<ReadonlyMap<string, Mark>>
  }
>()("@crewkit/cli/test/fakes/LogKeysMemory/KeyState") {
  static readonly layer = Layer.effect(
    KeyState,
    Effect.gen(function* () {
      return {
        there: yield* Ref.make(true),
        signer: yield* Ref.make(newSigner("crewkit-session-log-test")),
        marks: yield* Ref.make<ReadonlyMap<string, Mark>>(new Map())
      }
    })
  )
}

export const layer = Layer.effect(
  LogKeys,
  Effect.gen(function* () {
    const { marks, signer, there } = yield* KeyState
    const withKeychain = <A>(work: Effect.Effect<A>) =>
      Effect.flatMap(Ref.get(there), (is) =>
        is ? work : Effect.fail(new StoreUnavailable({ store: "keychain", reason: "there is none in this test" }))
      )
    return LogKeys.of({
      signer: withKeychain(Ref.get(signer)),
      known: withKeychain(Effect.map(Ref.get(signer), ({ key }) => Option.some(key))),
      mark: (root) => withKeychain(Effect.map(Ref.get(marks), (all) => Option.fromNullishOr(all.get(root)))),
      raise: (root, mark) => withKeychain(Ref.update(marks, (before) => new Map(before).set(root, mark)))
    })
  })
).pipe(Layer.provideMerge(KeyState.layer))
