import { Effect, Layer, Redacted, Semaphore } from "effect"
import { PasswordHash } from "../registry/PasswordHash.ts"

const crypto = () => process.getBuiltinModule("node:crypto")

/** OWASP's parameters of 2024 for 32 MiB a hash; `p` makes up in time for what is saved in memory. */
const cost = { N: 2 ** 15, r: 8, p: 3 }
const keyBytes = 32
const saltBytes = 16
/** So many at once: sign-ins are not to take the machine's memory. */
const atOnce = 2

const derive = (password: Redacted.Redacted, salt: Buffer): Effect.Effect<Buffer> =>
  Effect.callback((resume) => {
    // Two keyboards may spell the same letter differently; NFKC makes them one. RFC 8265 section 4.
    const text = Redacted.value(password).normalize("NFKC")
    crypto().scrypt(text, salt, keyBytes, { ...cost, maxmem: 256 * cost.N * cost.r }, (error, key) =>
      resume(error === null ? Effect.succeed(key) : Effect.die(error))
    )
  })

const prefix = `scrypt$${cost.N}$${cost.r}$${cost.p}`

export const layer = Layer.effect(
  PasswordHash,
  Effect.gen(function* () {
    const semaphore = yield* Semaphore.make(atOnce)
    return PasswordHash.of({
      hash: Effect.fnUntraced(function* (password) {
        const salt = crypto().randomBytes(saltBytes)
        const key = yield* semaphore.withPermit(derive(password, salt))
        return `${prefix}$${salt.toString("base64")}$${key.toString("base64")}`
      }),
      verify: Effect.fnUntraced(function* (password, stored) {
        const [salt = "", key = ""] =
          stored?.startsWith(`${prefix}$`) === true ? stored.slice(prefix.length + 1).split("$") : []
        const known = Buffer.from(key, "base64")
        const derived = yield* semaphore.withPermit(derive(password, Buffer.from(salt, "base64")))
        return known.length === keyBytes && crypto().timingSafeEqual(derived, known)
      })
    })
  })
)
