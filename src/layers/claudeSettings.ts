/** What Claude Code is given for its hooks, and what they say, in terms of the project. */
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import { isAbsolute, resolve, sep } from "node:path"
import type { HookInput } from "../domain/attribution.ts"
import { claudeArguments, decodeSettings } from "../domain/claudeArguments.ts"
import { readIfThere } from "./nodeFs.ts"

/** What is written to `--settings`, or why there is nothing to write. */
export const settingsFor = Effect.fnUntraced(function* (args: ReadonlyArray<string>, cwd: string) {
  const parsed = claudeArguments(args)
  if (parsed.hooksOff) return undefined
  if (parsed.settings === undefined) return { parsed, theirs: {} }
  const inline = parsed.settings.trim().startsWith("{")
  const path = isAbsolute(parsed.settings) ? parsed.settings : resolve(cwd, parsed.settings)
  const text = inline
    ? Option.some(parsed.settings)
    : Option.map(yield* Effect.orElseSucceed(readIfThere(path), Option.none), (bytes) => bytes.toString("utf8"))
  // Whatever is wrong with them is Claude Code's to say; then it starts with them as they are.
  const theirs = Option.getOrUndefined(Option.flatMap(text, decodeSettings))
  return theirs === undefined || theirs.disableAllHooks === true ? undefined : { parsed, theirs }
})

/** Loopback is not for a proxy; Claude Code asks one even for that, unless it is told. */
export const directLoopback = (env: NodeJS.ProcessEnv): Readonly<Record<string, string>> => {
  const proxies = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
  if (proxies.every((name) => (env[name] ?? "") === "")) return {}
  const exempt = env["NO_PROXY"] || env["no_proxy"] || ""
  return { NO_PROXY: exempt === "" ? "127.0.0.1" : `${exempt},127.0.0.1` }
}

/** The file that a tool names, as the log names it: below the project, with slashes. */
export const projectPaths = (root: string): ((hook: HookInput) => Pick<HookInput, "tool_input">) => {
  const roots = [root, fs.realpathSync(root)]
  return ({ tool_input: input }) => {
    const path = input?.file_path ?? input?.notebook_path
    const base = path === undefined ? undefined : roots.find((one) => path.startsWith(`${one}${sep}`))
    if (path === undefined || base === undefined) return {}
    const below = path.slice(base.length + 1)
    return { tool_input: { file_path: below.split(sep).join("/") } }
  }
}
