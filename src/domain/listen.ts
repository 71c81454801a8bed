/** Addresses to listen on, and the URL under which a registry is known. */
import { Result } from "effect"

/** In which a repeated refresh gets the same answer; a longer one would keep a stolen token useful. Seconds. */
export const grace = { usual: 30, most: 300 } as const

export interface Listen {
  readonly host: string
  readonly port: number
}

/** `127.0.0.1:8787`, `[::1]:8787`, `localhost:0`. */
export const parseListen = (text: string): Listen | undefined => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host === undefined || port > 65_535 ? undefined : { host, port }
}

/** Reached by this machine alone. A name other than localhost could be anything. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host)

/** Every address of the machine: no name for others to use. */
export const isWildcard = (host: string): boolean => host === "0.0.0.0" || /^[0:]+$/.test(host)

/** An origin and nothing else; https, or http on this machine. */
export const parsePublicUrl = (text: string): Result.Result<string, string> => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return Result.fail("it is not an https:// URL")
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    return Result.fail("it has to be scheme, host and port alone, such as https://agents.example.com")
  }
  return url.protocol === "https:" || isLoopback(url.hostname.replace(/^\[|\]$/g, ""))
    ? Result.succeed(url.origin)
    : Result.fail("tokens would go over http; it has to begin with https://")
}
