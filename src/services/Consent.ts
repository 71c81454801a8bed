import { Context, type Effect } from "effect"
import type { Consent as State, ConsentFile } from "../domain/consent.ts"
import type { FileError } from "../domain/errors.ts"

/** What a person decided about crash reports; kept in their own configuration folder, in no project. */
export class Consent extends Context.Service<
  Consent,
  {
    /** A file that cannot be read, or says something else, is no consent. */
    readonly state: Effect.Effect<State>
    /** Changes what is kept; gives the new state and the file. */
    readonly change: (by: (file: ConsentFile) => ConsentFile) => Effect.Effect<State, FileError>
    /** Absolute path of what is kept. */
    readonly place: string
  }
>()("@crewkit/cli/services/Consent") {}
