/**
 * Crash reports in Sentry's protocol, by the parts of `@sentry/core` that know it: the DSN, the envelope, the transport.
 * The SDK's client is left out on purpose. It adds to an event what it finds (traces, scopes, breadcrumbs, a server's
 * name), and here what was shown is what is sent. The request goes over `nodeExchange`, with its rules: certificates are
 * checked, no redirect is followed, the environment's proxy holds.
 */
import {
  createEventEnvelope,
  createTransport,
  dsnFromString,
  type Event,
  getEnvelopeEndpointWithUrlEncodedAuth,
  serializeEnvelope
} from "@sentry/core"
import { Clock, Effect, Layer } from "effect"
import type { CrashEvent } from "../domain/crashEvent.ts"
import { crashEventOf } from "../domain/crashEvent.ts"
import { CrashReports } from "../services/CrashReports.ts"
import { crashReportSeconds } from "../services/policies.ts"
import { exchange } from "./nodeExchange.ts"
import { ownLookup } from "./ownResolver.ts"
import { publishedIn } from "./publishedProgram.ts"
import { reportDsn } from "./reportDestination.ts"

declare const CREWKIT_VERSION: string

const version = (): string => (typeof CREWKIT_VERSION === "string" ? CREWKIT_VERSION : "0.0.0")

/** A copy of its own: the SDK writes into the event that it is given. */
const envelopeOf = (event: CrashEvent) => {
  // Boundary: the schema of the event is narrower than the SDK's own type.
  const copy = structuredClone(event) as unknown as Event
  return createEventEnvelope(copy)
}

const textOf = (body: string | Uint8Array): string => (typeof body === "string" ? body : new TextDecoder().decode(body))

export interface Options {
  /** The arguments of this call. */
  readonly args: ReadonlyArray<string>
  /** The folder of the published program. */
  readonly folder: string
}

export const layer = ({ args, folder }: Options) =>
  Layer.sync(CrashReports, () => {
    const named = reportDsn()
    const dsn = named === undefined ? undefined : dsnFromString(named)
    const url = dsn === undefined ? undefined : new URL(getEnvelopeEndpointWithUrlEncodedAuth(dsn))

    const post = (body: string | Uint8Array, to: URL) =>
      exchange({
        method: "POST",
        url: to,
        headers: { "content-type": "application/x-sentry-envelope" },
        body: typeof body === "string" ? new TextEncoder().encode(body) : body,
        lookup: ownLookup
      })

    return CrashReports.of({
      destination: url?.origin,
      eventOf: (error, mechanism) =>
        Effect.map(Clock.currentTimeMillis, (now) =>
          crashEventOf({
            error,
            mechanism,
            now,
            id: process.getBuiltinModule("node:crypto").randomUUID().replaceAll("-", ""),
            version: version(),
            node: process.version,
            platform: process.platform,
            arch: process.arch,
            args,
            ...publishedIn(folder)
          })
        ),
      envelopeOf: (event) => textOf(serializeEnvelope(envelopeOf(event))),
      send: (event) => {
        if (url === undefined) return Effect.succeed(false)
        const sending = Effect.callback<boolean>((resume, signal) => {
          const transport = createTransport({ recordDroppedEvent: () => undefined }, ({ body }) =>
            Effect.runPromise(post(body, url), { signal }).then(({ status }) => ({ statusCode: status }))
          )
          transport.send(envelopeOf(event)).then(
            ({ statusCode = 0 }) => resume(Effect.succeed(statusCode >= 200 && statusCode < 300)),
            () => resume(Effect.succeed(false))
          )
        })
        return sending.pipe(
          Effect.timeoutOrElse({ duration: `${crashReportSeconds} seconds`, orElse: () => Effect.succeed(false) })
        )
      }
    })
  })
