import { Context, type Effect, type Redacted } from "effect"
import type { HttpClient } from "effect/http"
import type { NetError } from "../domain/netErrors.ts"

/** One form-encoded request of OAuth, or a plain GET; the answer as it came. */
export interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  readonly text: Redacted.Redacted
  /** `Retry-After` in seconds, where there is one. */
  readonly retryAfter: number | undefined
}

/**
 * The one way to a server. HTTPS only, plain http on loopback only; no redirects; time and size limits; proxies and
 * extra certificates as the environment says. A token goes to the origin it was issued for and nowhere else.
 */
export class Http extends Context.Service<
  Http,
  {
    /** With a token only where the caller has checked that it belongs to this origin. */
    readonly get: (url: URL, token?: Redacted.Redacted) => Effect.Effect<HttpAnswer, NetError>
    /** Never repeated by itself: a form may hold what is good once. */
    readonly form: (
      method: "POST" | "DELETE",
      url: URL,
      fields: Readonly<Record<string, string | Redacted.Redacted>>
    ) => Effect.Effect<HttpAnswer, NetError>
    /** A client for one registry: retries idempotent calls, attaches the token, and refuses any other origin. */
    readonly clientFor: (origin: string, token: Redacted.Redacted | undefined) => Effect.Effect<HttpClient.HttpClient>
  }
>()("@crewkit/cli/services/Http") {}
