/** The settings that `crewkit config get` and `set` know: every key of both files, and what its value looks like. */
import { rotationDays } from "./ApiKey.ts"
import { ruleIds } from "./audit/ruleIds.ts"
import { defaultFailOn } from "./audit/Policy.ts"
import { nearest } from "./nearest.ts"
import { defaultRegistry } from "./ProjectSettings.ts"

/** Whose file: `.agent/config.yml`, or `config.yml` in the person's configuration folder. */
export type Scope = "project" | "user"

/** `entries`: a list of mappings, which is written by hand. */
export type Shape = "text" | "switch" | "number" | "list" | "entries"

export interface Setting {
  readonly key: string
  readonly scope: Scope
  readonly shape: Shape
  /** What holds where nobody has set it. */
  readonly otherwise?: string
}

const project = (key: string, shape: Shape, otherwise?: string): Setting => ({
  key,
  scope: "project",
  shape,
  ...(otherwise === undefined ? {} : { otherwise })
})

const user = (key: string, shape: Shape, otherwise?: string): Setting => ({
  ...project(key, shape, otherwise),
  scope: "user"
})

export const settings: ReadonlyArray<Setting> = [
  project("org", "text"),
  project("project", "text"),
  project("registry", "text", defaultRegistry),
  project("sync.prune", "switch", "true"),
  project("sync.keepLocal", "switch", "false"),
  project("sessions.capture", "text", "metadata"),
  project("audit.failOn", "text", defaultFailOn),
  project("audit.onFinding", "text", "stop"),
  ...ruleIds.map((id) => project(`audit.rules.${id}`, "text")),
  project("audit.tools", "entries"),
  project("audit.mcpServers", "list"),
  project("audit.hooks", "list"),
  project("audit.required", "list"),
  project("audit.suppress", "entries"),
  user("role", "text"),
  user("keys.rotateAfterDays", "number", String(rotationDays)),
  user("update.check", "text", "never")
]

const lastPart = (key: string): string => key.slice(key.lastIndexOf(".") + 1)

/** The key that a person most likely meant, by its whole path or by its last word: `prune` is `sync.prune`. */
export const nearestKey = (typed: string): string | undefined => {
  const keys = settings.map(({ key }) => key)
  const whole = nearest(typed, keys)
  if (whole !== undefined) return whole
  const word = nearest(lastPart(typed), keys.map(lastPart))
  return word === undefined ? undefined : keys.find((key) => lastPart(key) === word)
}

/** The settings of a group such as `sync`; none where there is no such group. */
export const settingsIn = (group: string): ReadonlyArray<string> =>
  settings.flatMap(({ key }) => (key.startsWith(`${group}.`) ? [key] : []))

const switches: Record<string, boolean> = { true: true, yes: true, on: true, false: false, no: false, off: false }

export type SettingValue = string | boolean | number | ReadonlyArray<string>

/** What was typed as the value of a setting, or undefined where it cannot be one. The file's schema has the last word. */
export const settingValue = (shape: Shape, typed: ReadonlyArray<string>): SettingValue | undefined => {
  const [only = "", ...more] = typed
  if (shape === "list") return typed
  if (more.length > 0) return undefined
  switch (shape) {
    case "text":
      return only
    case "switch":
      return Object.hasOwn(switches, only.toLowerCase()) ? switches[only.toLowerCase()] : undefined
    case "number":
      return /^\d{1,15}$/.test(only) ? Number(only) : undefined
    case "entries":
      return undefined
  }
}

/** What a value has to look like, for a person who typed another. */
export const shapeText: Record<Shape, string> = {
  text: "one word or text",
  switch: "true or false",
  number: "a whole number",
  list: "one or more texts",
  entries: "a list of entries, which only an editor writes"
}

/** The value as a script wants it: bare, of a list one a line. */
export const valueLines = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value)
    ? value.map((each: unknown) => (typeof each === "string" ? each : JSON.stringify(each)))
    : [typeof value === "string" ? value : JSON.stringify(value)]
