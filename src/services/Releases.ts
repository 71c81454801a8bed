import { Context, type Effect } from "effect"
import type { FileError } from "../domain/errors.ts"
import type { NetError } from "../domain/netErrors.ts"
import type { PackageRegistryInvalid, ReleasesUnusable } from "../domain/updateErrors.ts"

/** What the package registry says about crewkit: one request without any token, to the registry that npm is set to. */
export class Releases extends Context.Service<
  Releases,
  {
    /** The registry's address, of which only settings of the person count, none of a project. */
    readonly registry: Effect.Effect<URL, FileError | PackageRegistryInvalid>
    /** The version that the tag `latest` names; what was found is noted for the notice of the daily check. */
    readonly latest: (registry: URL) => Effect.Effect<string, NetError | ReleasesUnusable>
  }
>()("@crewkit/cli/services/Releases") {}
