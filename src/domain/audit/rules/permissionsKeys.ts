/** Keys that look as if they restricted the agent, and that the client does not know. */
import { entryOf, type AuditedFile, type Entry } from "../AuditedFile.ts"
import type { ClientModel } from "../ClientModel.ts"
import type { Fix, Hit, Severity } from "../Finding.ts"
import type { Rule } from "../Rule.ts"
import { knownKeys, permissionModes, toolNames } from "./builtIns.ts"
import { distance } from "./distance.ts"
import { pieces, valuePlace } from "./frontmatterText.ts"
import { seen } from "./lookalikes.ts"
import { listed, shown } from "./shown.ts"

type Meant = "tools" | "disallowedTools" | "permissionMode"

/** Without capitals, hyphens and whatever cannot be seen. */
const plain = (key: string): string =>
  seen(key.slice(0, 100))
    .toLowerCase()
    .replace(/[^a-z]/g, "")

const words: ReadonlyMap<string, Meant> = new Map([
  ...[
    "tools",
    "tool",
    "allowedtools",
    "allowedtool",
    "allowtools",
    "allowtool",
    "toolsallowed",
    "toolallowlist",
    "toolsallowlist",
    "allowlist",
    "toolwhitelist",
    "toolswhitelist",
    "permittedtools",
    "enabledtools",
    "availabletools",
    "limittools",
    "onlytools",
    "toolsonly",
    "restricttools",
    "restrictedtools"
  ].map((word) => [word, "tools"] as const),
  ...[
    "disallowedtools",
    "disallowedtool",
    "disallowtools",
    "disallowtool",
    "toolsdisallowed",
    "deniedtools",
    "denytools",
    "denytool",
    "tooldenylist",
    "toolsdenylist",
    "denylist",
    "toolblacklist",
    "blockedtools",
    "blocktools",
    "forbiddentools",
    "forbidtools",
    "prohibitedtools",
    "bannedtools",
    "excludedtools",
    "excludetools",
    "disabledtools",
    "disabletools",
    "removedtools"
  ].map((word) => [word, "disallowedTools"] as const),
  ["permissionmode", "permissionMode"],
  ["permissionsmode", "permissionMode"]
])

/** A slip of the finger away: one for a short word, two for a long one. */
const near: ReadonlyArray<readonly [word: string, most: number]> = [
  ["tools", 1],
  ["allowedtools", 2],
  ["disallowedtools", 2],
  ["permissionmode", 2]
]

const meantBy = (key: string): Meant | undefined => {
  if (knownKeys.has(key)) return undefined
  const word = plain(key)
  if (word.length < 4) return undefined
  const same = words.get(word)
  if (same !== undefined) return same
  const close = near.find(([known, most]) => distance(word, known, most) <= most)
  return close === undefined ? undefined : words.get(close[0])
}

/** Other clients know these; this one does not. */
const foreign = new Set(["permission", "permissions", "readonly", "sandbox", "sandboxmode"])

const isForeign = (entry: Entry): boolean =>
  !knownKeys.has(entry.key) &&
  foreign.has(plain(entry.key)) &&
  entry.value !== null &&
  entry.value !== false &&
  entry.value !== ""

const restrictiveModes = new Set(["plan", "dontask", "default", "manual", "readonly"])

const names = (entry: Entry): ReadonlyArray<string> =>
  (Array.isArray(entry.value) ? entry.value : [entry.value])
    .filter((item) => typeof item === "string")
    .flatMap((item) => pieces(item, 0).map(({ end, start }) => item.slice(start, end)))
    .map((item) => item.replace(/\(.*/, "").trim())

/** Whether what the key would take away is there without it. */
const weightOf = (meant: Meant | "foreign", entry: Entry, model: ClientModel): Severity => {
  const { everything, granted } = model.tools
  if (meant === "tools" || meant === "foreign") return everything ? "high" : "low"
  if (meant === "permissionMode") {
    return typeof entry.value === "string" && restrictiveModes.has(plain(entry.value)) ? "medium" : "low"
  }
  const denied = new Set(names(entry))
  return everything || granted.some((grant) => denied.has(grant.tool)) ? "high" : "low"
}

const isList = (entry: Entry): boolean =>
  typeof entry.value === "string" ||
  (Array.isArray(entry.value) && entry.value.every((item) => typeof item === "string"))

const toolLike = /^(?:mcp__\w+|[A-Z][A-Za-z]+)$/

/** Renaming is safe where the right key is free, and where the client can read the value under it. */
const renamed = (present: ReadonlySet<string>, entry: Entry, meant: Meant): Fix | undefined => {
  if (present.has(meant) || !isList(entry)) return undefined
  const fits =
    meant === "permissionMode"
      ? typeof entry.value === "string" && permissionModes.has(entry.value) && entry.value !== "bypassPermissions"
      : names(entry).length > 0 && names(entry).every((name) => toolLike.test(name))
  if (!fits) return undefined
  return { description: `Write the key as ${meant}`, edits: [{ ...entry.keySpan, text: meant }] }
}

const effect = (severity: Severity): string => (severity === "high" ? ", so that it restricts nothing" : "")

const hitOf = (present: ReadonlySet<string>, entry: Entry, model: ClientModel): ReadonlyArray<Hit> => {
  const meant = meantBy(entry.key)
  if (meant === undefined) {
    if (!isForeign(entry)) return []
    const severity = weightOf("foreign", entry, model)
    return [
      {
        ...entry.keySpan,
        message: `Claude Code does not know the key ${shown(entry.key)}${effect(severity)}`,
        confidence: "high",
        severity,
        identity: entry.key
      }
    ]
  }
  const severity = weightOf(meant, entry, model)
  const fix = renamed(present, entry, meant)
  return [
    {
      ...entry.keySpan,
      message: `Claude Code does not know the key ${shown(entry.key)}; it reads ${meant}${effect(severity)}`,
      confidence: "high",
      severity,
      identity: entry.key,
      ...(fix === undefined ? {} : { fix })
    }
  ]
}

/** A mode that the client does not know is as good as none. */
const unknownMode = (file: AuditedFile): ReadonlyArray<Hit> => {
  const mode = entryOf(file, "permissionMode")
  if (mode === undefined || mode.value === null || typeof mode.value !== "string") return []
  if (permissionModes.has(mode.value)) return []
  return [
    {
      ...valuePlace(mode),
      message: `Claude Code does not know the permission mode ${shown(mode.value)}, so that the session's own one stays`,
      confidence: "high",
      severity: "medium",
      identity: mode.value
    }
  ]
}

/** A tool that the agent still has, and that this name was meant to take away. */
const meantTool = (name: string, { everything, granted }: ClientModel["tools"]): string | undefined => {
  if (name === "" || name.startsWith("mcp__") || toolNames.includes(name)) return undefined
  const small = seen(name.slice(0, 40)).toLowerCase()
  const meant = toolNames.find((tool) => distance(tool.toLowerCase(), small, 1) <= (small.length > 4 ? 1 : 0))
  return everything || granted.some(({ tool }) => tool === meant) ? meant : undefined
}

/** A name in `disallowedTools` that takes nothing away; a `*` makes the client ignore the whole list. */
const unknownDenied = (file: AuditedFile, { tools }: ClientModel): ReadonlyArray<Hit> => {
  const list = entryOf(file, "disallowedTools")
  if (list === undefined) return []
  const hit = { ...valuePlace(list), confidence: "high", severity: "high" } as const
  const denied = names(list)
  if (denied.includes("*")) {
    return [{ ...hit, message: "Claude Code ignores a list of disallowedTools that holds `*`", identity: "*" }]
  }
  const removed = new Set(tools.removed.map(({ tool }) => tool))
  const wrong = denied.slice(0, 1000).flatMap((name) => {
    const meant = meantTool(name, tools)
    return meant === undefined || removed.has(meant) ? [] : [[name, meant] as const]
  })
  const [first] = wrong
  if (first === undefined) return []
  return [
    {
      ...hit,
      message: `Claude Code knows no tool ${shown(first[0])}, so that the agent keeps ${listed(wrong.map(([, meant]) => meant))}`,
      identity: wrong.map(([name]) => name).join(" ")
    }
  ]
}

export const ineffectiveRestriction: Rule = {
  id: "ineffective-restriction",
  category: "permissions",
  title: "A restriction that restricts nothing",
  severity: "high",
  why: "Claude Code ignores keys that it does not know. An agent with `allowed-tools: Read` and no `tools` has every tool of the session, while whoever wrote and reviewed it believes that it can only read.",
  remedy: "Write `tools` for what the agent may use, or `disallowedTools` for what it may not, letter for letter.",
  check: (file, { model }) => {
    const present = new Set(file.frontmatter.entries.map((entry) => entry.key))
    return [
      ...file.frontmatter.entries.flatMap((entry) => hitOf(present, entry, model)),
      ...unknownDenied(file, model),
      ...unknownMode(file)
    ]
  }
}
