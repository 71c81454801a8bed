/** Which proxy the environment names for a URL: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, in either case of letters. */

const named = (env: NodeJS.ProcessEnv, name: string): string => env[name] ?? env[name.toLowerCase()] ?? ""

/** One entry of `NO_PROXY`: `*`, a host, a domain with or without its leading dot, a port behind any of them. */
const covers = (entry: string, url: URL): boolean => {
  if (entry === "*") return true
  const [, host = "", port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  const own = url.port === "" ? "443" : url.port
  const domain = host.replace(/^\*?\./, "").toLowerCase()
  const matches = url.hostname === domain || url.hostname.endsWith(`.${domain}`)
  return domain !== "" && matches && (port === undefined || port === own)
}

/** None for plain http: that is this machine itself. */
export const proxyFor = (url: URL, env: NodeJS.ProcessEnv): string | undefined => {
  if (url.protocol !== "https:") return undefined
  const proxy = named(env, "HTTPS_PROXY") || named(env, "ALL_PROXY")
  if (proxy === "") return undefined
  const except = named(env, "NO_PROXY").split(/[\s,]+/)
  return except.some((entry) => covers(entry, url)) ? undefined : proxy
}
