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

/** As curl has it: without a scheme it is http. The value itself may hold a password, and is not repeated. */
const parse = (text: string): URL | string => {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(full)) return "it is not the address of a proxy"
  const url = new URL(full)
  return ["http:", "https:"].includes(url.protocol) ? url : `crewkit knows no proxies of the kind ${url.protocol}`
}

/** None for plain http: that is this machine itself. A text says what is wrong with the one that is named. */
export const proxyFor = (url: URL, env: NodeJS.ProcessEnv): URL | string | undefined => {
  if (url.protocol !== "https:") return undefined
  const proxy = named(env, "HTTPS_PROXY") || named(env, "ALL_PROXY")
  if (proxy === "") return undefined
  const except = named(env, "NO_PROXY").split(/[\s,]+/)
  return except.some((entry) => covers(entry, url)) ? undefined : parse(proxy)
}
