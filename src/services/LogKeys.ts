import { Context, type Effect, type Option } from "effect"
import type { StoreFailure } from "../domain/storeErrors.ts"
import type { VerifierKey } from "../domain/signedNote.ts"

export interface LogSigner {
  readonly key: VerifierKey
  /** Ed25519 (RFC 8032), 64 bytes. */
  readonly sign: (text: string) => Uint8Array
}

/** How long the ledger of a project is known to have been, and its last record then. */
export interface Mark {
  readonly ledger: string
  readonly size: number
  /** SHA-256, hexadecimal. */
  readonly head: string
}

/**
 * What the session log keeps in the OS keychain, and nowhere else: this machine's signing key, and a high-water mark
 * of each project's ledger. Nobody is asked anything; where there is no keychain the log is unsealed.
 */
export class LogKeys extends Context.Service<
  LogKeys,
  {
    /** Made when first needed. */
    readonly signer: Effect.Effect<LogSigner, StoreFailure>
    /** The verifier key, where this machine has one; makes none. */
    readonly known: Effect.Effect<Option.Option<VerifierKey>, StoreFailure>
    /** Of the project at this path (absolute, links resolved). */
    readonly mark: (root: string) => Effect.Effect<Option.Option<Mark>, StoreFailure>
    /** Never lowers the mark of one and the same ledger. */
    readonly raise: (root: string, mark: Mark) => Effect.Effect<void, StoreFailure>
  }
>()("@crewkit/cli/services/LogKeys") {}
