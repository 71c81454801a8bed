import { Effect, Layer, Redacted } from "effect"
import { Secrets } from "../registry/Secrets.ts"

const crypto = () => process.getBuiltinModule("node:crypto")

const nonceBytes = 12
const tagBytes = 16

/** RFC 5869; the secret has 256 bits of its own, so it needs no salt. */
const keyOf = (secret: Redacted.Redacted): Buffer =>
  Buffer.from(crypto().hkdfSync("sha256", Redacted.value(secret), "", "crewkit registry kept answer", 32))

export const layer = Layer.succeed(Secrets, {
  random: (bytes) => Effect.sync(() => new Uint8Array(crypto().randomBytes(bytes))),
  hash: (secret) => crypto().hash("sha256", Redacted.value(secret), "hex"),
  digest: (text) => crypto().hash("sha256", text, "base64"),
  seal: (secret, text) =>
    Effect.sync(() => {
      const nonce = crypto().randomBytes(nonceBytes)
      const cipher = crypto().createCipheriv("aes-256-gcm", keyOf(secret), nonce)
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()])
      return new Uint8Array(Buffer.concat([nonce, sealed, cipher.getAuthTag()]))
    }),
  open: (secret, sealed) =>
    Effect.option(
      Effect.try(() => {
        const end = sealed.length - tagBytes
        const decipher = crypto().createDecipheriv("aes-256-gcm", keyOf(secret), sealed.subarray(0, nonceBytes), {
          authTagLength: tagBytes
        })
        decipher.setAuthTag(sealed.subarray(end))
        return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, end)), decipher.final()]).toString("utf8")
      })
    ),
  equal: (a, b) => {
    const [left, right] = [Buffer.from(a), Buffer.from(b)]
    return left.length === right.length && crypto().timingSafeEqual(left, right)
  }
} satisfies (typeof Secrets)["Service"])
