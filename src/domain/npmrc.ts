/** The one line of npm's settings that matters here: which registry packages come from. */

/** `${NAME}` as npm has it; what is not set stays as it is, and is then no address. */
const expand = (text: string, env: Readonly<Record<string, string | undefined>>): string =>
  text.replace(/\$\{([A-Za-z_]\w*)\}/g, (whole, name: string) => env[name] ?? whole)

const valueOf = (text: string, key: string): string | undefined =>
  text
    .split(/\r?\n/)
    .map((line) => /^\s*([^=;#\s]+)\s*=\s*(.*?)\s*$/.exec(line))
    .findLast((match) => match?.[1] === key)?.[2]
    ?.replace(/^(["'])(.*)\1$/, "$2")

/** The registry for crewkit's scope, else that for everything; undefined where neither is named. */
export const registryIn = (text: string, env: Readonly<Record<string, string | undefined>>): string | undefined => {
  const value = valueOf(text, "@crewkit:registry") ?? valueOf(text, "registry")
  return value === undefined || value === "" ? undefined : expand(value, env)
}
