import { Context, type Effect, type Option, type Redacted } from "effect"

/** Randomness and cryptography that the registry stands on. */
export class Secrets extends Context.Service<
  Secrets,
  {
    /** From the system's generator for secrets. */
    readonly random: (bytes: number) => Effect.Effect<Uint8Array>
    /** Lower-case hexadecimal SHA-256: how secrets of full entropy are stored. */
    readonly hash: (secret: Redacted.Redacted) => string
    /** Base64 of SHA-256, as a content security policy names a style sheet. */
    readonly digest: (text: string) => string
    /** AES-256-GCM under a key derived from the secret (HKDF-SHA-256), with a fresh nonce. */
    readonly seal: (secret: Redacted.Redacted, text: string) => Effect.Effect<Uint8Array>
    /** None where the secret is another or the bytes were changed. */
    readonly open: (secret: Redacted.Redacted, sealed: Uint8Array) => Effect.Effect<Option.Option<string>>
    /** Compares without telling by its time where the two differ. */
    readonly equal: (a: string, b: string) => boolean
  }
>()("@crewkit/cli/registry/Secrets") {}
