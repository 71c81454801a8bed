import { Context, type Effect } from "effect"
import type { Finding } from "../domain/audit/AuditReport.ts"
import type { OrgPolicy, Policy } from "../domain/audit/Policy.ts"
import type { Source } from "../domain/audit/suppression.ts"
import type { ConfigInvalid, FileError, UnsafePath } from "../domain/errors.ts"
import type { AgentName } from "../domain/AgentName.ts"
import type { AuditInput } from "./Audit.ts"

export type AuditFilesError = ConfigInvalid | FileError | UnsafePath

export interface AuditedPath extends AuditInput {
  /** Absolute; absent for standard input. */
  readonly file?: string
  /** It is an agent of this project, so that `Backups` can keep it. */
  readonly agent?: AgentName
}

export interface Gathered {
  /** What reported paths are relative to. */
  readonly root: string
  readonly files: ReadonlyArray<AuditedPath>
  /** `.agent/config.yml`, where there is one. */
  readonly config: { readonly path: string; readonly text: string; readonly tracked: boolean } | undefined
  /** The files are all agents of the project. */
  readonly whole: boolean
  readonly missing: ReadonlyArray<string>
}

export interface Rulings {
  readonly policy: Policy
  readonly role: string | undefined
  readonly baseline: ReadonlyArray<Source>
  /** Whether a registry's answer is kept here, which would bring an organization's policy. */
  readonly asked: boolean
}

export interface Mended {
  readonly path: string
  readonly fixes: number
  /** Where the former content is. */
  readonly backup: string
}

/** Files to audit and what the project says about them: configuration, baseline, the organization's policy. */
export class AuditProject extends Context.Service<
  AuditProject,
  {
    /** Files, folders with every `*.md` below them, `-` for standard input; none: the project's agents and configuration. */
    readonly gather: (paths: ReadonlyArray<string>, stdinName: string) => Effect.Effect<Gathered, FileError>
    /** `org`: what the registry says just now; `kept`: what it said last. Works where there is no project. */
    readonly rulings: (org: OrgPolicy | "kept" | undefined) => Effect.Effect<Rulings, AuditFilesError>
    /** Writes each file that has safe fixes, and keeps what was there. */
    readonly mend: (
      files: ReadonlyArray<AuditedPath>,
      findings: ReadonlyArray<Finding>
    ) => Effect.Effect<ReadonlyArray<Mended>, AuditFilesError>
    /** Adds findings to the baseline; gives how many entries are new. */
    readonly accept: (
      findings: ReadonlyArray<Finding>,
      reason: string,
      expires: string | undefined
    ) => Effect.Effect<{ readonly added: number; readonly path: string }, AuditFilesError>
    /** A report for another program. */
    readonly writeReport: (path: string, text: string) => Effect.Effect<void, FileError>
  }
>()("@crewkit/cli/services/AuditProject") {}
