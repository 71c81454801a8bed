/**
 * The bytes of a vault, as `docs/vault-format.md` describes them: three lines, of which the last is the SHA-256 of the
 * others, so that damage is told from a wrong passphrase; and a seal over all of them by the vault's own key, so that
 * nobody without the passphrase can make one that is taken.
 */
import { Effect, Option, Redacted, Schema } from "effect"
import { createCipheriv, createDecipheriv, hash, randomBytes, scrypt } from "node:crypto"
import { StoreLocked, StoreUnreadable } from "../domain/storeErrors.ts"

const magic = "crewkit-vault 1"
const keyBytes = 32
const saltBytes = 16
const nonceBytes = 12
const tagBytes = 16

/** RFC 7914. */
export interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** About a second and 128 MiB; nothing weaker is read or written. */
export const defaultCost: Cost = { N: 2 ** 17, r: 8, p: 1 }

/** A file may not make us use more than 1 GiB or some ten seconds. */
const highest: Cost = { N: 2 ** 20, r: 16, p: 4 }

const Sealed = Schema.Struct({ nonce: Schema.String, data: Schema.String })

const Item = Schema.Struct({
  service: Schema.String,
  account: Schema.String,
  generation: Schema.Int,
  ...Sealed.fields
})

const Header = Schema.Struct({
  kdf: Schema.Struct({ name: Schema.Literal("scrypt"), N: Schema.Int, r: Schema.Int, p: Schema.Int }),
  salt: Schema.String,
  key: Sealed
})
type Header = typeof Header.Type

const Body = Schema.Struct({
  ...Header.fields,
  generation: Schema.Int,
  items: Schema.Array(Item),
  seal: Sealed
})

/** The header with the items; what a vault is while nobody has opened it. */
export type Vault = typeof Body.Type
export type VaultItem = typeof Item.Type

/** An open vault's key. */
export type DataKey = Redacted.Redacted<Buffer>

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")
const bytesOf = (text: string): Buffer => Buffer.from(text, "base64")

export const unreadable = (reason: string, what = "the vault"): StoreUnreadable =>
  new StoreUnreadable({ store: "vault", what, reason })

const encrypt = (key: Buffer, plain: Uint8Array, associated: string) => {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(associated))
  const data = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return { nonce: base64(nonce), data: base64(data) }
}

/** None where key, data or what is associated with it is not what it was. */
const decrypt = (key: Buffer, sealed: typeof Sealed.Type, associated: string): Option.Option<Buffer> => {
  const nonce = bytesOf(sealed.nonce)
  const data = bytesOf(sealed.data)
  if (nonce.length !== nonceBytes || data.length < tagBytes) return Option.none()
  try {
    const cipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.from(associated))
      .setAuthTag(data.subarray(data.length - tagBytes))
    return Option.some(Buffer.concat([cipher.update(data.subarray(0, data.length - tagBytes)), cipher.final()]))
  } catch {
    return Option.none()
  }
}

const keyContext = ({ kdf, salt }: Omit<Header, "key">): string => JSON.stringify([magic, "key", kdf, salt])

const itemContext = (
  { kdf, salt }: Header,
  { account, generation, service }: Pick<VaultItem, "service" | "account" | "generation">
): string => JSON.stringify([magic, "item", kdf, salt, service, account, generation])

const sealContext = ({ generation, items, kdf, key, salt }: Omit<Vault, "seal">): string =>
  JSON.stringify([magic, "seal", kdf, salt, key, generation, items])

const derive = (passphrase: Redacted.Redacted, salt: Buffer, { N, p, r }: Cost): Effect.Effect<Buffer> =>
  Effect.callback((resume) => {
    // NFC: the same letters typed on another system are the same bytes.
    const text = Redacted.value(passphrase).normalize("NFC")
    const options = { N, r, p, maxmem: 128 * N * r + 64 * 1024 * 1024 }
    scrypt(text, salt, keyBytes, options, (error, key) =>
      resume(error === null ? Effect.succeed(key) : Effect.die(error))
    )
  })

export const isAllowed = (cost: Cost, lowest: Cost): boolean =>
  Number.isInteger(Math.log2(cost.N)) &&
  (["N", "r", "p"] as const).every((name) => cost[name] >= lowest[name] && cost[name] <= highest[name])

export interface Opened {
  readonly header: Header
  readonly key: DataKey
}

/** A new vault's key: random, and wrapped by one that is derived from the passphrase. */
export const newVault = Effect.fnUntraced(function* (passphrase: Redacted.Redacted, cost: Cost) {
  const salt = randomBytes(saltBytes)
  const head = { kdf: { name: "scrypt", N: cost.N, r: cost.r, p: cost.p }, salt: base64(salt) } as const
  const key = randomBytes(keyBytes)
  const wrapping = yield* derive(passphrase, salt, cost)
  const opened: Opened = { header: { ...head, key: encrypt(wrapping, key, keyContext(head)) }, key: Redacted.make(key) }
  return opened
})

/** The key of a vault, if the passphrase is the right one. */
export const openVault = Effect.fnUntraced(function* (vault: Vault, passphrase: Redacted.Redacted, what: string) {
  const { kdf, key, salt } = vault
  const wrapping = yield* derive(passphrase, bytesOf(salt), kdf)
  const unwrapped = decrypt(wrapping, key, keyContext(vault))
  if (Option.isNone(unwrapped) || unwrapped.value.length !== keyBytes) {
    return yield* new StoreLocked({ store: "vault", what })
  }
  const opened: Opened = { header: { kdf, salt, key }, key: Redacted.make(unwrapped.value) }
  return opened
})

/** Whether the vault as a whole is what somebody with the passphrase wrote. */
export const checkSeal = (vault: Vault, key: DataKey): Effect.Effect<void, StoreUnreadable> =>
  Option.isSome(decrypt(Redacted.value(key), vault.seal, sealContext(vault)))
    ? Effect.void
    : Effect.fail(unreadable("it was changed by something other than crewkit"))

export const readItem = (
  vault: Vault,
  item: VaultItem,
  key: DataKey,
  what: string
): Effect.Effect<Redacted.Redacted, StoreUnreadable> => {
  const plain = decrypt(Redacted.value(key), item, itemContext(vault, item))
  return Option.isSome(plain)
    ? Effect.succeed(Redacted.make(plain.value.toString("utf8")))
    : Effect.fail(unreadable("it was changed by something other than crewkit", what))
}

export const sealItem = (
  { header, key }: Opened,
  name: Pick<VaultItem, "service" | "account" | "generation">,
  secret: Redacted.Redacted
): VaultItem => ({
  service: name.service,
  account: name.account,
  generation: name.generation,
  ...encrypt(Redacted.value(key), Buffer.from(Redacted.value(secret)), itemContext(header, name))
})

/** `sha256 `, 64 digits and the end of the line. */
const digestBytes = 72

const digestOf = (text: string | Uint8Array): string => `sha256 ${hash("sha256", text, "hex")}\n`

/** The file. */
export const encodeVault = ({ header, key }: Opened, generation: number, items: ReadonlyArray<VaultItem>): string => {
  const open = { kdf: header.kdf, salt: header.salt, key: header.key, generation, items }
  const body = { ...open, seal: encrypt(Redacted.value(key), Buffer.alloc(0), sealContext(open)) }
  const text = `${magic}\n${JSON.stringify(body)}\n`
  return text + digestOf(text)
}

const decodeBody = Schema.decodeUnknownOption(Schema.fromJsonString(Body), { onExcessProperty: "error" })

/** What can be known without the passphrase: that it is whole, and which items there are. */
export const parseVault = (bytes: Buffer, lowest: Cost): Effect.Effect<Vault, StoreUnreadable> => {
  if (bytes.toString("latin1", 0, 14) !== "crewkit-vault ") {
    return Effect.fail(unreadable("it is not a vault of crewkit's"))
  }
  const end = Math.max(0, bytes.length - digestBytes)
  const signed = bytes.subarray(0, end)
  if (bytes.toString("latin1", end) !== digestOf(signed)) {
    return Effect.fail(unreadable("it is damaged: its checksum does not match"))
  }
  const [first, second, ...rest] = signed.toString("utf8").split("\n")
  if (first !== magic) return Effect.fail(unreadable("it was written by another version of crewkit"))
  const vault = decodeBody(second)
  if (Option.isNone(vault) || rest.join("") !== "") return Effect.fail(unreadable("it is not what a vault looks like"))
  if (!isAllowed(vault.value.kdf, lowest)) {
    return Effect.fail(unreadable("its passphrase is protected by other parameters than crewkit accepts"))
  }
  return Effect.succeed(vault.value)
}
