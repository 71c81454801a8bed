/** Whether a seal says what is so, and who says it. */
import { Option } from "effect"
import type { KeyObject } from "node:crypto"
import type { Seal } from "../domain/logChain.ts"
import type { Fault } from "../domain/logErrors.ts"
import { keyIdInput, parseVkey, type SignedNote, type VerifierKey, vkeyOf } from "../domain/signedNote.ts"
import { sha256 } from "./nodeFs.ts"

const crypto = () => process.getBuiltinModule("node:crypto")

export interface CheckingKey {
  readonly key: VerifierKey
  readonly text: string
  readonly object: KeyObject
}

const checking = (key: VerifierKey): CheckingKey | undefined => {
  if (sha256(keyIdInput(key.name, key.publicKey)).slice(0, 8) !== key.id) return undefined
  const x = Buffer.from(key.publicKey).toString("base64url")
  return {
    key,
    text: vkeyOf(key),
    object: crypto().createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x } })
  }
}

/** A verifier key whose id is that of its bytes; undefined where it is none. */
export const checkingKey = (vkey: string | VerifierKey): CheckingKey | undefined =>
  typeof vkey === "string" ? Option.getOrUndefined(Option.map(parseVkey(vkey), checking)) : checking(vkey)

/** `signed`: by this key, and over this text. `other`: it has no signature of this key. */
export const signatureOf = (note: SignedNote, { key, object }: CheckingKey): "signed" | "forged" | "other" => {
  const own = note.signatures.filter(({ id, name }) => id === key.id && name === key.name)
  if (own.length === 0) return "other"
  const text = Buffer.from(note.text)
  return own.every(({ signature }) => crypto().verify(null, text, object, signature)) ? "signed" : "forged"
}

type Bad = Pick<Fault, "kind" | "problem">

export type SealVerdict =
  | { readonly _tag: "Signed" }
  | { readonly _tag: "Unsigned"; readonly reason: string }
  /** Signed with a key that nobody here knows. */
  | { readonly _tag: "Unknown"; readonly name: string }
  | ({ readonly _tag: "Bad" } & Bad)

const bad = (kind: Bad["kind"], problem: string): SealVerdict => ({ _tag: "Bad", kind, problem })

/** `key` is the one that has to have signed, where it is known. */
export const sealVerdict = (seal: Seal, origin: string, key: CheckingKey | undefined): SealVerdict => {
  if (seal.unsealed !== undefined) return { _tag: "Unsigned", reason: seal.unsealed }
  const note = Option.getOrUndefined(seal.note)
  if (note === undefined) return bad("seal-mismatch", "the note of the seal is not a signed note")
  const { checkpoint } = note
  if (checkpoint.origin !== origin) {
    return bad("seal-mismatch", `the seal is that of another log (${checkpoint.origin})`)
  }
  if (checkpoint.size !== seal.size) {
    return bad("seal-mismatch", `the seal is over ${checkpoint.size} records, and ${seal.size} stand before it`)
  }
  if (checkpoint.head !== seal.head) return bad("seal-mismatch", "the seal is over other records than those before it")
  const [first] = note.signatures
  if (key === undefined) return { _tag: "Unknown", name: first?.name ?? "nobody" }
  switch (signatureOf(note, key)) {
    case "signed":
      return { _tag: "Signed" }
    case "forged":
      return bad("bad-signature", `the signature of the seal is not one of ${key.key.name}`)
    case "other":
      return bad("bad-signature", `the seal is signed by ${first?.name ?? "nobody"}, and not by ${key.key.name}`)
  }
}
