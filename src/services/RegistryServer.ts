import { Context, type Effect, type Redacted, type Scope } from "effect"
import type { Slug } from "../domain/AgentName.ts"
import type { FileError, RegistryUnreachable } from "../domain/errors.ts"
import type {
  CannotListen,
  DatabaseUrlInvalid,
  NotAMember,
  SqliteMissing,
  StateUnusable
} from "../domain/serverErrors.ts"

/** Where a registry's agents and its state are. */
export interface RegistryPlace {
  /** Folder with `agents/` and `orgs/`, as it was typed. */
  readonly root: string
  /** SQLite file; in the user's data folder where left out. */
  readonly state: string | undefined
  /** Postgres in place of the file. Where left out, and no file is named, CREWKIT_DATABASE_URL counts. */
  readonly database: DatabasePlace | undefined
}

/** A URL with its password, or the file that holds one. */
export type DatabasePlace = { readonly url: Redacted.Redacted } | { readonly urlFile: string }

export interface ServeOptions extends RegistryPlace {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  /** Origin under which others reach it; from host and port where left out. */
  readonly publicUrl: string | undefined
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly behindProxy: boolean
  /** 0 for none. */
  readonly graceSeconds: number
  /** A line for each request that was answered, without secrets. */
  readonly log: (line: string) => Effect.Effect<void>
  /** What went wrong while serving, for the registry's keeper. */
  readonly report: (text: string) => Effect.Effect<void>
}

export interface NewUser extends RegistryPlace {
  readonly email: string
  readonly org: Slug
  /** From `org.yml` where left out. */
  readonly name: string | undefined
}

/** A registry over a folder, served to others. */
export class RegistryServer extends Context.Service<
  RegistryServer,
  {
    /** Listens until the scope closes; gives the URL with the port that it got, and where the state is, to be shown. */
    readonly listen: (
      options: ServeOptions
    ) => Effect.Effect<
      { readonly url: string; readonly publicUrl: string; readonly state: string },
      SqliteMissing | DatabaseUrlInvalid | StateUnusable | CannotListen | FileError | RegistryUnreachable,
      Scope.Scope
    >
    /** A member who may sign in, and the invite to do so. */
    readonly addUser: (user: NewUser) => Effect.Effect<
      {
        readonly invite: Redacted.Redacted
        /** RFC 3339. */
        readonly expiresAt: string
        readonly name: string
        readonly role: string
        readonly known: boolean
      },
      SqliteMissing | DatabaseUrlInvalid | StateUnusable | NotAMember | FileError | RegistryUnreachable
    >
  }
>()("@crewkit/cli/services/RegistryServer") {}
