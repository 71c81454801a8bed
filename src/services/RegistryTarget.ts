import { Context, type Effect } from "effect"
import type { RegistryNotApproved } from "../domain/authErrors.ts"
import type { CredentialKey } from "../domain/Credential.ts"
import type { FileError, UsageError } from "../domain/errors.ts"
import type { ConfigError } from "./ProjectConfig.ts"

/** Which registry, and which login at it, a command means. */
export class RegistryTarget extends Context.Service<
  RegistryTarget,
  {
    /** For what stays on this machine, and for logging out. A folder is a usage error: it has no logins. */
    readonly named: Effect.Effect<CredentialKey, ConfigError | UsageError>
    /**
     * For what sends something. A registry that only a project's configuration names has to be approved by the person,
     * once for each project and origin, so that a cloned repository cannot steer a login.
     */
    readonly approved: Effect.Effect<CredentialKey, ConfigError | UsageError | FileError | RegistryNotApproved>
  }
>()("@crewkit/cli/services/RegistryTarget") {}
