import { Context, type Effect, type Redacted } from "effect"
import type { ApiKey, KeyEnvironment, KeyName } from "../domain/ApiKey.ts"
import type { ConfigInvalid, FileError, LockUnsupported } from "../domain/errors.ts"
import type { KeyExists, KeysBusy, KeysUnreadable, KeyUnknown } from "../domain/keyErrors.ts"
import type { StoredMissing, StoreFailure } from "../domain/storeErrors.ts"

export type KeyListError = FileError | KeysUnreadable
export type KeyChangeError = KeyListError | KeysBusy | LockUnsupported | StoreFailure

/** API keys of this person: values in the secret store, all else (never a value) in `keys.json`. */
export class ApiKeys extends Context.Service<
  ApiKeys,
  {
    /** By name, then environment. Asks no keychain. */
    readonly list: Effect.Effect<ReadonlyArray<ApiKey>, KeyListError>
    /** Days after which a key is due for rotation: 90, or what the person's own configuration says. */
    readonly rotationDays: Effect.Effect<number, ConfigInvalid | FileError>
    /** Those that are due for rotation; for reminders. Asks no keychain. */
    readonly overdue: Effect.Effect<ReadonlyArray<ApiKey>, KeyListError | ConfigInvalid>
    readonly set: (
      name: KeyName,
      env: KeyEnvironment,
      value: Redacted.Redacted
    ) => Effect.Effect<ApiKey, KeyChangeError | KeyExists>
    /** Replaces the value; when it was first set stays. */
    readonly rotate: (
      name: KeyName,
      env: KeyEnvironment,
      value: Redacted.Redacted
    ) => Effect.Effect<ApiKey, KeyChangeError | KeyUnknown>
    readonly remove: (name: KeyName, env: KeyEnvironment) => Effect.Effect<void, KeyChangeError | KeyUnknown>
    readonly value: (key: ApiKey) => Effect.Effect<Redacted.Redacted, StoredMissing | StoreFailure>
    /** Notes that these were handed to a program. */
    readonly used: (keys: ReadonlyArray<ApiKey>) => Effect.Effect<void, KeyListError | KeysBusy | LockUnsupported>
  }
>()("@crewkit/cli/services/ApiKeys") {}
