import { Context, type Effect } from "effect"
import type { AccessTokens } from "./AccessTokens.ts"
import type { AuthorizationServer } from "./AuthorizationServer.ts"
import type { Browser } from "./Browser.ts"
import type { Http } from "./Http.ts"
import type { QrCode } from "./QrCode.ts"
import type { RegistryTarget } from "./RegistryTarget.ts"

export type RemoteServices = AccessTokens | AuthorizationServer | Browser | Http | QrCode | RegistryTarget

/** Everything that talks to a server or to a keychain, loaded when a command first wants it: most never do. */
export class Remote extends Context.Service<
  Remote,
  { readonly services: Effect.Effect<Context.Context<RemoteServices>> }
>()("@crewkit/cli/services/Remote") {}
