import { Context, type Effect } from "effect"
import type { AuditReport } from "../domain/audit/AuditReport.ts"
import type { Confidence, Severity } from "../domain/audit/Finding.ts"
import type { Policy } from "../domain/audit/Policy.ts"
import type { Source } from "../domain/audit/suppression.ts"

export interface AuditInput {
  /** As it is to be reported: relative, with `/`. */
  readonly path: string
  readonly bytes: Uint8Array
}

export interface AuditRequest {
  readonly files: ReadonlyArray<AuditInput>
  readonly policy: Policy
  /** For whom the files are meant, where that is known: a policy may allow one role more than another. */
  readonly role: string | undefined
  /** Files with suppressions. */
  readonly baseline: ReadonlyArray<Source>
  /** All files of a project are here, so that a suppression which matches nothing is of no use. */
  readonly whole: boolean
  /** The configuration itself; `tracked` where git keeps it. */
  readonly config?: { readonly path: string; readonly text: string; readonly tracked: boolean } | undefined
  /** Only these rules; absent: all. */
  readonly rules?: ReadonlySet<string> | undefined
  readonly minConfidence?: Confidence | undefined
  /** In place of the policy's. */
  readonly failOn?: Severity | undefined
}

/** A file that is about to be written, and what was there by our own hand, if anything. */
export interface Arrival {
  readonly path: string
  readonly before: Uint8Array | undefined
  readonly after: Uint8Array
}

/** What an agent can do that it could not before; all it can where it is new here. */
export interface Gain {
  readonly path: string
  readonly first: boolean
  readonly can: ReadonlyArray<string>
}

/** The review of agent files: no network, no model, nothing written. */
export class Audit extends Context.Service<
  Audit,
  {
    readonly run: (request: AuditRequest) => Effect.Effect<AuditReport>
    /** Those of the files that are new or have gained something. */
    readonly gains: (arrivals: ReadonlyArray<Arrival>) => Effect.Effect<ReadonlyArray<Gain>>
  }
>()("@crewkit/cli/services/Audit") {}
