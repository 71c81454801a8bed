/** Secrets as text. */
import { Effect, Redacted } from "effect"
import { Base64Url, Hex } from "effect/encoding"
import { Secrets } from "./Secrets.ts"

/** 256 bits; what a guess would have to hit. */
const tokenBytes = 32

/** The prefix says to people and to secret scanners what was found. */
export const token = Effect.fnUntraced(function* (prefix: string) {
  const secrets = yield* Secrets
  return Redacted.make(`${prefix}${Base64Url.encode(yield* secrets.random(tokenBytes))}`)
})

export const uuid = Effect.gen(function* () {
  const bytes = yield* (yield* Secrets).random(16)
  const hex = Hex.encode(
    bytes.map((byte, index) => (index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte))
  )
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
})

/** No vowels, so no words, and none of the letters that look like digits. RFC 8628 section 6.1. */
const alphabet = "BCDFGHJKLMNPQRSTVWXZ"
const userCodeLength = 8
const codeForm = new RegExp(`^[${alphabet}]{${userCodeLength}}$`)
/** Bytes from here on would make the first letters likelier than the others. */
const fair = 256 - (256 % alphabet.length)

/** Eight letters, 34.5 bits: with the limits on guesses about one chance in a hundred million for each code. */
export const userCode = Effect.gen(function* () {
  const secrets = yield* Secrets
  let letters = ""
  while (letters.length < userCodeLength) {
    for (const byte of yield* secrets.random(16)) {
      if (byte < fair && letters.length < userCodeLength) letters += alphabet.charAt(byte % alphabet.length)
    }
  }
  return letters
})

export const shownCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`

/** A code as a person types it, with or without the hyphen, in any case; undefined where it cannot be one. */
export const readCode = (typed: string): string | undefined => {
  const letters = typed.toUpperCase().replace(/[\s-]/g, "")
  return codeForm.test(letters) ? letters : undefined
}
