/** A keychain for several processes: one seed, and the marks, in a folder. What is read is whole, as in a real one. */
import { Effect, Layer, Option } from "effect"
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto"
import * as fs from "node:fs"
import { join } from "node:path"
import { keyIdInput } from "../../src/domain/signedNote.ts"
import { LogKeys, type LogSigner, type Mark } from "../../src/services/LogKeys.ts"

/** What stands in PKCS #8 before an Ed25519 seed. */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex")

const signerOf = (seed: Buffer): LogSigner => {
  const name = "crewkit-session-log-test"
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: "der", type: "pkcs8" })
  const publicKey = new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32))
  const id = createHash("sha256").update(keyIdInput(name, publicKey)).digest("hex").slice(0, 8)
  return { key: { name, id, publicKey }, sign: (text) => new Uint8Array(sign(null, Buffer.from(text), key)) }
}

/** The same bytes for all who use the same folder. */
const seedOf = (folder: string): Buffer => createHash("sha256").update(`a seed for tests in ${folder}`).digest()

let count = 0

export const layer = (folder: string): Layer.Layer<LogKeys> => {
  const fileOf = (root: string) => join(folder, `${createHash("sha256").update(root).digest("hex")}.json`)
  const markIn = (root: string): Mark | undefined =>
    fs.existsSync(fileOf(root)) ? JSON.parse(fs.readFileSync(fileOf(root), "utf8")) : undefined
  const signer = signerOf(seedOf(folder))
  return Layer.succeed(LogKeys, {
    signer: Effect.succeed(signer),
    known: Effect.succeedSome(signer.key),
    mark: (root) => Effect.sync(() => Option.fromNullishOr(markIn(root))),
    raise: (root, next) =>
      Effect.sync(() => {
        const before = markIn(root)
        if (before?.ledger === next.ledger && before.size >= next.size) return
        const temporary = `${fileOf(root)}.${process.pid}.${count++}`
        fs.writeFileSync(temporary, JSON.stringify(next))
        fs.renameSync(temporary, fileOf(root))
      })
  })
}
