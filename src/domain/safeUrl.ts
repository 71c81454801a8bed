/** Which URLs crewkit talks to: https anywhere, plain http on this machine only. */

export const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname)

/** What is wrong with a URL, or undefined. */
export const urlProblem = (url: URL): string | undefined => {
  if (url.username !== "" || url.password !== "") return "it holds a user name or a password"
  if (url.protocol === "https:") return undefined
  if (url.protocol !== "http:") return `it begins with ${url.protocol}, not with https:`
  return isLoopback(url.hostname) ? undefined : "it is http, not https, and leads off this machine"
}

/** A URL that may be used, or what is wrong with it. */
export const parseSafeUrl = (text: string): URL | string => {
  if (!URL.canParse(text)) return "it is not a URL"
  const url = new URL(text)
  return urlProblem(url) ?? url
}
