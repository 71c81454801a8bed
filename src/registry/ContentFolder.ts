import { Context, type Effect, type Result } from "effect"
import type { Slug } from "../domain/AgentName.ts"
import type { Refused } from "../domain/Effective.ts"
import type { FileError, RegistryUnreachable } from "../domain/errors.ts"

/** A file of the content folder, found and hashed; its text is read when it is wanted. */
export interface ContentFile {
  /** Below the registry's folder, with `/`. */
  readonly path: string
  /** File name without its ending. */
  readonly name: string
  readonly sha256: string
}

/** What the folder holds for one project at one moment. */
export interface Snapshot {
  readonly base: ReadonlyMap<string, ContentFile>
  readonly organization: ReadonlyMap<string, ContentFile>
  readonly project: ReadonlyMap<string, ContentFile>
  readonly roles: ReadonlyMap<string, ContentFile>
  readonly org: ContentFile | undefined
  /** `orgs/<org>/audit.yml`: the organization's policy for the audit. */
  readonly audit: ContentFile | undefined
  /** Entries that cannot be agents: a wrong name, a link, too large. */
  readonly refused: ReadonlyArray<Refused>
  /** SHA-256 over all of the above: the same digest means the same content. */
  readonly digest: string
}

export type FolderError = FileError | RegistryUnreachable

/** The folder of agents that a registry stands on, laid out as the documentation says and made for git. */
export class ContentFolder extends Context.Service<
  ContentFolder,
  {
    readonly snapshot: (org: Slug, project: Slug) => Effect.Effect<Snapshot, FolderError>
    /** The organization's file and the roles alone: who is a member is asked on every call. */
    readonly organization: (org: Slug) => Effect.Effect<Pick<Snapshot, "org" | "roles" | "refused">, FolderError>
    /** The texts of files, by path; several at once, since a first sync reads thousands. */
    readonly texts: (
      files: Iterable<ContentFile>
    ) => Effect.Effect<ReadonlyMap<string, Result.Result<string, FileError>>>
    /** A YAML file as plain data; fails with the line where it is not YAML. */
    readonly yaml: (file: ContentFile) => Effect.Effect<unknown, FileError | RegistryUnreachable>
    /** Lower-case hexadecimal SHA-256. */
    readonly hash: (text: string) => string
    /** Keeps the hashes for the next run, where that is wanted. */
    readonly remember: Effect.Effect<void>
  }
>()("@crewkit/cli/registry/ContentFolder") {}
