import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import type { Caller } from "./Caller.ts"
import { authenticationErrors } from "./errors.ts"

/**
 * `Authorization: Bearer <access token>` (RFC 6750 section 2.1). A served registry finds the caller by the token; the
 * one inside this process knows its caller and asks for no token.
 */
export class Authenticated extends HttpApiMiddleware.Service<Authenticated, { provides: Caller }>()(
  "@crewkit/cli/api/Authenticated",
  { error: authenticationErrors, security: { bearer: HttpApiSecurity.bearer } }
) {}
