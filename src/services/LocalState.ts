import { Context, type Effect, type Option } from "effect"
import type { RegistryAnswer } from "../domain/Effective.ts"
import type { FileError, UnsafePath } from "../domain/errors.ts"
import type { SyncState } from "../domain/SyncState.ts"
import type { ConfigError } from "./ProjectConfig.ts"

type StateError = ConfigError | FileError

/** `.crewkit/`: what this machine knows of the project. A file that cannot be read counts as absent. */
export class LocalState extends Context.Service<
  LocalState,
  {
    readonly read: Effect.Effect<SyncState, StateError>
    readonly write: (state: SyncState) => Effect.Effect<void, StateError | UnsafePath>
    /** The last good answer of the registry to this very question (registry, organization, project, role). */
    readonly answer: (question: string) => Effect.Effect<Option.Option<RegistryAnswer>, StateError>
    /** Whether any answer is kept; cheap. Without one nothing is known that the registry could call unchanged. */
    readonly answered: Effect.Effect<boolean, StateError>
    /** At a logout. */
    readonly forgetAnswer: Effect.Effect<void, StateError>
    readonly rememberAnswer: (question: string, answer: RegistryAnswer) => Effect.Effect<void, StateError | UnsafePath>
  }
>()("@crewkit/cli/services/LocalState") {}
