declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http"

  /** What the tests use of it. */
  export class Provider {
    constructor(issuer: string, configuration: object)
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    readonly AccessToken: { readonly find: (token: string) => Promise<{ readonly isValid: boolean } | undefined> }
    readonly RefreshToken: { readonly find: (token: string) => Promise<{ readonly isValid: boolean } | undefined> }
  }
}
