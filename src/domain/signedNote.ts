/**
 * C2SP signed notes (c2sp.org/signed-note) with Ed25519, as text; signing and checking are the caller's. The note of a
 * seal is three lines, as in c2sp.org/tlog-checkpoint: origin, size, head in base64.
 */
import { Option, Result } from "effect"
import { Base64, Hex } from "effect/encoding"

/** What a seal says. */
export interface Checkpoint {
  /** Names the log: `crewkit.io/session-log/<session id>`. */
  readonly origin: string
  /** Records. */
  readonly size: number
  /** SHA-256 of the last record, hexadecimal. */
  readonly head: string
}

export const originOf = (id: string): string => `crewkit.io/session-log/${id}`

const base64OfHex = (hex: string): string => Base64.encode(Result.getOrElse(Hex.decode(hex), () => new Uint8Array()))

/** The text that is signed; it ends with a newline. */
export const checkpointText = ({ head, origin, size }: Checkpoint): string =>
  `${origin}\n${size}\n${base64OfHex(head)}\n`

const algorithm = 0x01

/** What the key's id is the start of the SHA-256 of. */
export const keyIdInput = (name: string, publicKey: Uint8Array): Uint8Array =>
  Uint8Array.from([...new TextEncoder().encode(`${name}\n`), algorithm, ...publicKey])

export interface VerifierKey {
  readonly name: string
  /** Eight hexadecimal digits. */
  readonly id: string
  /** 32 bytes. */
  readonly publicKey: Uint8Array
}

/** `<name>+<id>+<base64 of 0x01 and the key>`. */
export const vkeyOf = ({ id, name, publicKey }: VerifierKey): string =>
  `${name}+${id}+${Base64.encode(Uint8Array.from([algorithm, ...publicKey]))}`

/** A verifier key; the caller checks that the id is that of the key. */
export const parseVkey = (text: string): Option.Option<VerifierKey> => {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text)
  const bytes = Base64.decode(match?.[3] ?? "")
  if (match?.[1] === undefined || match[2] === undefined || !Result.isSuccess(bytes)) return Option.none()
  const [kind, ...key] = bytes.success
  if (kind !== algorithm || key.length !== 32) return Option.none()
  return Option.some({ name: match[1], id: match[2], publicKey: Uint8Array.from(key) })
}

/** The whole note from its text and the signature of it. */
export const noteOf = (text: string, key: VerifierKey, signature: Uint8Array): string => {
  const id = Result.getOrElse(Hex.decode(key.id), () => new Uint8Array(4))
  return `${text}\n— ${key.name} ${Base64.encode(Uint8Array.from([...id, ...signature]))}\n`
}

export interface SignedNote {
  readonly text: string
  readonly checkpoint: Checkpoint
  readonly signatures: ReadonlyArray<{ readonly name: string; readonly id: string; readonly signature: Uint8Array }>
}

const hexOfBase64 = (text: string): string =>
  Result.match(Base64.decode(text), { onFailure: () => "", onSuccess: (bytes) => Hex.encode(bytes) })

/** A note with a checkpoint in it, or none where the text is anything else. */
export const parseNote = (note: string): Option.Option<SignedNote> => {
  const split = note.lastIndexOf("\n\n")
  if (split < 0 || !note.endsWith("\n")) return Option.none()
  const text = note.slice(0, split + 1)
  const lines = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n$/.exec(text)
  if (lines?.[1] === undefined || lines[3] === undefined) return Option.none()
  const signatures = []
  for (const line of note.slice(split + 2, -1).split("\n")) {
    const match = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line)
    const bytes = Base64.decode(match?.[2] ?? "")
    if (match?.[1] === undefined || !Result.isSuccess(bytes) || bytes.success.length !== 68) return Option.none()
    signatures.push({
      name: match[1],
      id: Hex.encode(bytes.success.subarray(0, 4)),
      signature: bytes.success.subarray(4)
    })
  }
  return Option.some({
    text,
    checkpoint: { origin: lines[1], size: Number(lines[2]), head: hexOfBase64(lines[3]) },
    signatures
  })
}
