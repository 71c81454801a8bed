/** What a command needs to talk to a server and a keychain, in one module that is loaded when it is first wanted. */
import { Layer } from "effect"
import * as AccessTokensRotating from "./AccessTokensRotating.ts"
import * as AuthorizationServerHttp from "./AuthorizationServerHttp.ts"
import * as BrowserSpawn from "./BrowserSpawn.ts"
import * as CredentialLockNative from "./CredentialLockNative.ts"
import * as HttpNode from "./HttpNode.ts"
import * as QrCodeUqr from "./QrCodeUqr.ts"
import * as RegistryTargetApproved from "./RegistryTargetApproved.ts"
import * as TokenStoreSecretStore from "./TokenStoreSecretStore.ts"

export const layer = AccessTokensRotating.layer.pipe(
  Layer.provideMerge(AuthorizationServerHttp.layer),
  Layer.provideMerge(
    Layer.mergeAll(
      HttpNode.layer,
      CredentialLockNative.layer,
      TokenStoreSecretStore.layer,
      RegistryTargetApproved.layer,
      BrowserSpawn.layer,
      QrCodeUqr.layer
    )
  )
)
