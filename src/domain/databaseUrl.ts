/** Where a registry's Postgres is. The URL holds a password, so nothing here repeats more of it than host and database. */
import { Result } from "effect"
import { isLoopback } from "./listen.ts"

/**
 * The form of it that may be shown, or what is wrong with it. A password with `/`, `?`, `#` or `@` in it that is not
 * percent-encoded would be read as a part of the host or the path, and be shown: so such a URL is refused.
 */
export const parseDatabaseUrl = (text: string): Result.Result<string, string> => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== "postgres:" && url.protocol !== "postgresql:")) {
    return Result.fail("it is not a postgres:// URL")
  }
  if (url.hash !== "" || `${url.pathname}${url.search}`.includes("@") || !/^\/[^/]*$/.test(url.pathname)) {
    return Result.fail("it has to be postgres://USER:PASSWORD@HOST:PORT/DATABASE, with % escapes in the password")
  }
  const host = url.searchParams.get("host") ?? decodeHost(url.hostname)
  const database = url.searchParams.get("dbname") ?? url.pathname.slice(1)
  if (database === "") return Result.fail("it names no database")
  const near = host === "" || host.startsWith("/") || isLoopback(host.replace(/^\[|\]$/g, ""))
  if (!near && !url.searchParams.has("sslmode")) {
    return Result.fail(
      "another machine is reached with ?sslmode=require, or ?sslmode=disable where that network is yours"
    )
  }
  return Result.succeed(`postgres://${host}${url.port === "" ? "" : `:${url.port}`}/${database}`)
}

const decodeHost = (host: string): string => (/%(?![0-9A-Fa-f]{2})/.test(host) ? host : decodeURIComponent(host))
