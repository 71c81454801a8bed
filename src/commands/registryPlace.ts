/** Where a registry's agents and state are, as the flags of its commands say. */
import { Effect, Option, type Redacted } from "effect"
import { UsageError } from "../domain/errors.ts"
import type { RegistryPlace } from "../services/RegistryServer.ts"

export interface PlaceInput {
  readonly root: string
  readonly state: Option.Option<string>
  readonly databaseUrl: Option.Option<Redacted.Redacted>
  readonly databaseUrlFile: Option.Option<string>
}

export const placeOf = Effect.fnUntraced(function* ({ databaseUrl, databaseUrlFile, root, state }: PlaceInput) {
  if ([state, databaseUrl, databaseUrlFile].filter((place) => Option.isSome<unknown>(place)).length > 1) {
    return yield* new UsageError({
      problem: "--state, --database-url and --database-url-file each name a place for the same thing",
      next: "give one of them"
    })
  }
  const database = Option.isSome(databaseUrl)
    ? { url: databaseUrl.value }
    : Option.isSome(databaseUrlFile)
      ? { urlFile: databaseUrlFile.value }
      : undefined
  return { root, state: Option.getOrUndefined(state), database } satisfies RegistryPlace
})
