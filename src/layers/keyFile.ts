/** API keys: what is known of them in `keys.json`, their values in the secret store. */
import { Clock, Effect, Option, Redacted, Schema } from "effect"
import { randomBytes, scrypt } from "node:crypto"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type ApiKey, isOverdue, KeyList, sameKey } from "../domain/ApiKey.ts"
import { KeyExists, KeysBusy, KeysUnreadable, keyUnknown } from "../domain/keyErrors.ts"
import type { ApiKeys } from "../services/ApiKeys.ts"
import { lockWaitSeconds, waitForLock } from "../services/policies.ts"
import type { SecretItem, SecretStore } from "../services/SecretStore.ts"
import { lockFile } from "./nativeLock.ts"
import { makeFolder, readIfThere, removeAbandoned, writeDurably } from "./nodeFs.ts"

type Named = Pick<ApiKey, "name" | "env">

const itemOf = ({ env, name }: Named): SecretItem => ({
  username: `key ${name} ${env}`,
  what: `the API key ${name} (${env})`
})

/**
 * 24 bits of a slow hash: enough to see that two values differ, and so few that millions of values share each, so
 * nobody who has the file can be sure of a guess.
 */
const fingerprintOf = (value: Redacted.Redacted, salt: string): Effect.Effect<string> =>
  Effect.callback((resume) =>
    scrypt(Redacted.value(value), Buffer.from(salt, "hex"), 3, { N: 2 ** 14, r: 8, p: 1 }, (error, bytes) =>
      resume(error === null ? Effect.succeed(bytes.toString("hex")) : Effect.die(error))
    )
  )

const order = (one: ApiKey, other: ApiKey): number =>
  one.name === other.name ? (one.env < other.env ? -1 : 1) : one.name < other.name ? -1 : 1

const KeyListText = Schema.fromJsonString(KeyList)

export const makeApiKeys = (
  folder: string,
  secrets: SecretStore["Service"],
  rotationDays: ApiKeys["Service"]["rotationDays"]
): ApiKeys["Service"] => {
  const file = join(folder, "keys.json")

  const read = Effect.gen(function* () {
    const bytes = yield* readIfThere(file)
    if (Option.isNone(bytes)) return { version: 1, salt: randomBytes(16).toString("hex"), keys: [] } as const
    return yield* Schema.decodeEffect(KeyListText)(bytes.value.toString("utf8")).pipe(
      Effect.mapError(() => new KeysUnreadable({ file }))
    )
  })

  /** Reads, changes and writes the list, one process at a time. No store is asked meanwhile: a person may be. */
  const change = (change: (list: KeyList) => ReadonlyArray<ApiKey>) =>
    Effect.scoped(
      Effect.gen(function* () {
        yield* makeFolder(folder, 0o700)
        if (!(yield* lockFile(join(folder, "keys.lock"), waitForLock)))
          return yield* new KeysBusy({ seconds: lockWaitSeconds })
        yield* removeAbandoned(folder)
        const now = yield* read
        const { salt } = now
        const keys = [...change(now)].sort(order)
        const text = JSON.stringify({ version: 1, salt, keys }, null, 2)
        yield* writeDurably(file, `${text}\n`, 0o600)
      })
    )

  const put = Effect.fnUntraced(function* (
    before: Pick<ApiKey, "name" | "env" | "created" | "lastUsed">,
    value: Redacted.Redacted
  ) {
    const store = yield* secrets.set(itemOf(before), value)
    // A list that is new is written first, so that all fingerprints have the same salt.
    if (!existsSync(file)) yield* change(({ keys }) => keys)
    const { salt } = yield* read
    const rotated = yield* Clock.currentTimeMillis
    const fingerprint = yield* fingerprintOf(value, salt)
    const entry: ApiKey = { ...before, rotated, fingerprint, store }
    yield* change(({ keys }) => [...keys.filter((one) => !sameKey(one, before)), entry])
    return entry
  })

  return {
    list: Effect.map(read, ({ keys }) => keys),
    rotationDays,
    overdue: Effect.gen(function* () {
      const days = yield* rotationDays
      const now = yield* Clock.currentTimeMillis
      return (yield* read).keys.filter((key) => isOverdue(key, now, days))
    }),
    set: Effect.fnUntraced(function* (name, env, value) {
      const list = yield* read
      if (list.keys.some((key) => sameKey(key, { name, env }))) return yield* new KeyExists({ name, env })
      return yield* put({ name, env, created: yield* Clock.currentTimeMillis }, value)
    }),
    rotate: Effect.fnUntraced(function* (name, env, value) {
      const list = yield* read
      const before = list.keys.find((key) => sameKey(key, { name, env }))
      if (before === undefined) return yield* keyUnknown({ name, env }, list.keys)
      return yield* put(before, value)
    }),
    remove: Effect.fnUntraced(function* (name, env) {
      const list = yield* read
      const listed = list.keys.some((key) => sameKey(key, { name, env }))
      // One that is not listed may still have a value, left by a run that was killed.
      const stored = yield* secrets.remove(itemOf({ name, env }))
      if (!listed && !stored) return yield* keyUnknown({ name, env }, list.keys)
      if (listed) yield* change(({ keys }) => keys.filter((key) => !sameKey(key, { name, env })))
    }),
    value: (key) => Effect.map(secrets.get(itemOf(key)), ({ secret }) => secret),
    used: Effect.fnUntraced(function* (used) {
      const lastUsed = yield* Clock.currentTimeMillis
      yield* change(({ keys }) =>
        keys.map((key) => (used.some((one) => sameKey(one, key)) ? { ...key, lastUsed } : key))
      )
    })
  }
}
