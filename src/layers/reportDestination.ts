/** Where reports go: what the release was built with, or, for tests, a receiver on this machine. */
import { isLoopback } from "../domain/safeUrl.ts"

declare const CREWKIT_SENTRY_DSN: string

const builtIn = (): string => (typeof CREWKIT_SENTRY_DSN === "string" ? CREWKIT_SENTRY_DSN : "")

/** A DSN of Sentry's protocol, `https://KEY@HOST/PROJECT`; undefined where there is none that may be used. */
export const dsnFor = (built: string, override: string | undefined): string | undefined => {
  if (override !== undefined && URL.canParse(override) && isLoopback(new URL(override).hostname)) return override
  return URL.canParse(built) && new URL(built).protocol === "https:" ? built : undefined
}

export const reportDsn = (): string | undefined => dsnFor(builtIn(), process.env["CREWKIT_SENTRY_DSN"])
