import { Context, type Effect } from "effect"
import type { AuditedFile } from "../domain/audit/AuditedFile.ts"

/** Total and linear in the size of the file. `path` is only handed on. */
export type ReadAgent = (path: string, bytes: Uint8Array) => AuditedFile

/**
 * Reads an agent file as Claude Code does, with places. `AgentFormat` reads more than the client sees, in order to
 * mend it; what the audit is told must be what the client sees.
 */
export class AgentReader extends Context.Service<
  AgentReader,
  {
    /** Loaded when first needed. */
    readonly reader: Effect.Effect<ReadAgent>
  }
>()("@crewkit/cli/services/AgentReader") {}
