/** What a single store can do; `SecretStoreChosen` decides which of them is asked. */
import type { Effect, Option, Redacted } from "effect"
import type { StoreFailure } from "../domain/storeErrors.ts"
import type { SecretItem } from "../services/SecretStore.ts"

/** Every item of crewkit's, in every store. */
export const service = "crewkit"

/** What `crewkit doctor` tries a store with: the same for every run, so that what a killed one leaves goes with the next. */
export const scratch: SecretItem = { username: "doctor scratch", what: "a scratch item" }

export interface OneStore {
  readonly get: (item: SecretItem) => Effect.Effect<Option.Option<Redacted.Redacted>, StoreFailure>
  readonly set: (item: SecretItem, secret: Redacted.Redacted) => Effect.Effect<void, StoreFailure>
  /** True where there was one; gone when this returns. */
  readonly remove: (item: SecretItem) => Effect.Effect<boolean, StoreFailure>
}
