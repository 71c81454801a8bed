/** The session log's key and marks in the OS keychain, over a helper process of their own that asks nobody anything. */
import { Effect, Layer, Option, Redacted, Schema, Scope } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { StoreUnavailable, StoreUnreadable } from "../domain/storeErrors.ts"
import { keyIdInput, type VerifierKey } from "../domain/signedNote.ts"
import { LogKeys, type LogSigner, type Mark } from "../services/LogKeys.ts"
import { sha256 } from "./nodeFs.ts"

const crypto = () => process.getBuiltinModule("node:crypto")

/** What stands before an Ed25519 seed in PKCS #8 (RFC 8410). */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex")

const keyItem = { username: "session-log key", what: "the key of the session log" }
const markItem = (root: string) => ({ username: `session-log ${root}`, what: "the mark of the session log" })

const KeyText = Schema.fromJsonString(Schema.Struct({ name: Schema.String, seed: Schema.String }))
const MarkText = Schema.fromJsonString(Schema.Struct({ ledger: Schema.String, size: Schema.Int, head: Schema.String }))

/** A key from its seed. The seed leaves the keychain only to sign. */
const signerOf = (name: string, seed: Uint8Array): LogSigner => {
  const { createPrivateKey, createPublicKey, sign } = crypto()
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: "der", type: "pkcs8" })
  const spki = createPublicKey(key).export({ format: "der", type: "spki" })
  const publicKey = new Uint8Array(spki.subarray(spki.length - 32))
  const verifier: VerifierKey = { name, id: sha256(keyIdInput(name, publicKey)).slice(0, 8), publicKey }
  return { key: verifier, sign: (text) => new Uint8Array(sign(null, Buffer.from(text), key)) }
}

const unreadable = (what: string) => () =>
  new StoreUnreadable({ store: "keychain", what, reason: "it is not what crewkit wrote" })

/** Whether a Secret Service can be reached at all: asking without one costs the start of a process. */
const hasBus = (): boolean => {
  if (process.platform !== "linux" || (process.env["DBUS_SESSION_BUS_ADDRESS"] ?? "") !== "") return true
  const folder = process.env["XDG_RUNTIME_DIR"] ?? ""
  return existsSync(join(folder === "" ? `/run/user/${process.getuid?.() ?? ""}` : folder, "bus"))
}

/** Names the machine's key in seals: random, so that it tells nothing of the machine. */
const newKey = () => {
  const seed = crypto().randomBytes(32)
  return { name: `crewkit-session-log-${crypto().randomBytes(4).toString("hex")}`, seed: seed.toString("base64") }
}

export const layer = Layer.effect(
  LogKeys,
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const keychain = yield* Effect.cached(
      Effect.gen(function* () {
        const store = process.env["CREWKIT_TOKEN_STORE"]
        if (store === "vault") {
          return yield* new StoreUnavailable({ store: "keychain", reason: "CREWKIT_TOKEN_STORE says vault" })
        }
        if (!hasBus()) {
          return yield* new StoreUnavailable({ store: "keychain", reason: "this session has no D-Bus" })
        }
        const { makeKeychainStore } = yield* Effect.promise(() => import("./keychainStore.ts"))
        return yield* Scope.provide(makeKeychainStore({ input: false }), scope)
      })
    )

    const stored = Effect.gen(function* () {
      const text = yield* (yield* keychain).get(keyItem)
      if (Option.isNone(text)) return Option.none<LogSigner>()
      const { name, seed } = yield* Schema.decodeEffect(KeyText)(Redacted.value(text.value)).pipe(
        Effect.mapError(unreadable(keyItem.what))
      )
      const bytes = Buffer.from(seed, "base64")
      if (bytes.length !== 32) return yield* unreadable(keyItem.what)()
      return Option.some(signerOf(name, bytes))
    })

    // A keychain that does not answer is asked again at a later seal, not twice in a row.
    const signer = yield* Effect.cachedWithTTL(
      Effect.gen(function* () {
        const there = yield* stored
        if (Option.isSome(there)) return there.value
        yield* (yield* keychain).set(keyItem, Redacted.make(JSON.stringify(newKey())))
        // Two processes may both have made one: the one that is there now is everybody's.
        const kept = yield* stored
        return Option.isSome(kept) ? kept.value : yield* unreadable(keyItem.what)()
      }),
      "30 seconds"
    )

    const mark = Effect.fnUntraced(function* (root: string) {
      const item = markItem(root)
      const text = yield* (yield* keychain).get(item)
      if (Option.isNone(text)) return Option.none<Mark>()
      return Option.some(
        yield* Schema.decodeEffect(MarkText)(Redacted.value(text.value)).pipe(Effect.mapError(unreadable(item.what)))
      )
    })

    return LogKeys.of({
      signer,
      known: Effect.map(
        stored,
        Option.map(({ key }) => key)
      ),
      mark,
      raise: Effect.fnUntraced(function* (root: string, next: Mark) {
        const before = yield* mark(root)
        if (Option.isSome(before) && before.value.ledger === next.ledger && before.value.size >= next.size) return
        yield* (yield* keychain).set(markItem(root), Redacted.make(JSON.stringify(next)))
      })
    })
  })
)
