import { Context, type Effect } from "effect"
import type { AuditedFile } from "../domain/audit/AuditedFile.ts"
import type { Hit, RuleInfo } from "../domain/audit/Finding.ts"

/** What was found of one rule. */
export interface ScannedSecrets {
  readonly rule: RuleInfo
  readonly hits: ReadonlyArray<Hit>
}

/** Secrets that a scanner from elsewhere knows, beside our own forms. Never fails, and never holds a secret in a message. */
export class SecretScanner extends Context.Service<
  SecretScanner,
  {
    readonly scan: (file: Pick<AuditedFile, "text">) => Effect.Effect<ReadonlyArray<ScannedSecrets>>
  }
>()("@crewkit/cli/services/SecretScanner") {}
