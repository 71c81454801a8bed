import { Context, type Effect } from "effect"
import type { Audit } from "./Audit.ts"
import type { AuditProject } from "./AuditProject.ts"

export type AuditServices = Audit | AuditProject

/** The audit, loaded when something is to be audited: a sync with nothing to write never does. */
export class Auditing extends Context.Service<
  Auditing,
  { readonly services: Effect.Effect<Context.Context<AuditServices>> }
>()("@crewkit/cli/services/Auditing") {}
