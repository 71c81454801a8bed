/** What the property tests draw from: fields, prompts, roles and names that are as odd as files from outside can be. */
import { Schema } from "effect"
import { type Agent, type AgentSource, Compose } from "../../src/domain/Agent.ts"
import type { TierSource } from "../../src/domain/composition.ts"
import { Mode, PermissionMode, type RoleModifier } from "../../src/domain/Role.ts"
import { Slug } from "../../src/domain/AgentName.ts"
import type { Tier } from "../../src/domain/Tier.ts"

/** The same cases on every run: a test that fails today failed yesterday. */
export const checked = { arbitrary: { runs: 120, size: 4, seed: "crewkit" } }

/** Texts that YAML, a terminal or Claude Code could take for something else. */
const trap = Schema.Literals([
  "---",
  "a --- b",
  "x\n---\ntools: '*'\n",
  "-----",
  "x---y",
  "# no comment",
  "key: value",
  "use this: a: b",
  "- item",
  "*",
  "&anchor",
  "*alias",
  "!!js/function x",
  "'single'",
  'say "hi"',
  "back\\slash \\x2d--",
  "~",
  "null",
  "true",
  "0x1f",
  "1e3",
  "2025-10-11",
  " lead",
  "trail ",
  "tab\there",
  "line\nline",
  "line\r\nline",
  "bell\u0007",
  "escape\u001b[31m",
  "next\u0085line",
  "separator\u2028line",
  "zero\u200bwidth",
  "bidi\u202eabc",
  "tag\u{e0041}",
  "\ufeffmark",
  "😀",
  "|",
  ">-",
  "%",
  "@at",
  "`tick`",
  "{}",
  "[a, b]",
  ", ",
  "? q"
])

export const Text = Schema.Union([Schema.String, trap])

/** A frontmatter value: JSON, often with a text in it that is a trap. */
export const FieldValue = Schema.Union([
  Schema.Json,
  trap,
  Schema.Array(Text),
  Schema.Record(Text, Text),
  Schema.Array(Schema.Record(Schema.String, Text))
])

const toolsValue = Schema.Union([
  Schema.Literals([
    "*",
    "Read, *",
    "",
    " ",
    ",",
    "all",
    "read",
    "Read",
    "Read, Grep, Glob",
    "Read, Write, Edit, Bash",
    "Read, Bash(git diff:*), Bash(ls, cat)",
    "Read, Agent(Explore), Task",
    "WebFetch, mcp__probe__write_file, mcp__probe, mcp__*",
    "Read Grep Glob"
  ]),
  Schema.Array(
    Schema.Literals(["*", "Read", "Grep", "Write", "Bash", "Bash(rm *)", "mcp__probe__write_file", "Agent"])
  ),
  FieldValue
])

const optional = Schema.optionalKey

/** Fields by key, those that decide about tools among them more often than chance would have it. */
export const Fields = Schema.Struct({
  tools: optional(toolsValue),
  disallowedTools: optional(toolsValue),
  memory: optional(Schema.Union([Schema.Literals(["user", "project", "local", "none"]), FieldValue])),
  hooks: optional(FieldValue),
  mcpServers: optional(FieldValue),
  skills: optional(FieldValue),
  permissionMode: optional(
    Schema.Union([Schema.Literals(["acceptEdits", "auto", "bypassPermissions", "plan"]), FieldValue])
  ),
  name: optional(Text),
  description: optional(Text),
  model: optional(Text)
})

export const AnyFields = Schema.Struct({ known: Fields, others: Schema.Record(Text, FieldValue) })

/** One list of fields with every key once, as a parsed file has it. */
export const entriesOf = ({ known, others }: typeof AnyFields.Type): AgentSource["fields"] => {
  const fields = new Map<string, AgentSource["fields"][number][1]>()
  for (const [key, value] of [...Object.entries(others), ...Object.entries(known)]) fields.set(key, value)
  return [...fields]
}

const Source = Schema.Struct({ fields: AnyFields, body: Text, compose: Compose })

const sourceOf = ({ body, compose, fields }: typeof Source.Type): AgentSource => ({
  fields: entriesOf(fields),
  body,
  compose
})

/** At most one source a tier. */
export const Tiers = Schema.Struct({
  base: optional(Source),
  organization: optional(Source),
  project: optional(Source),
  personal: optional(Source)
})

export const sourcesOf = (tiers: typeof Tiers.Type): ReadonlyArray<TierSource> =>
  (["base", "organization", "project", "personal"] as const).flatMap((tier) => {
    const source = tiers[tier]
    return source === undefined ? [] : [{ tier, source: sourceOf(source) }]
  })

export const TierText = Schema.Literals(["base", "organization", "project", "personal"])

export const AnySource = Schema.Struct({ tier: TierText, source: Source })

export const tierSourceOf = ({ source, tier }: typeof AnySource.Type): TierSource => ({
  tier,
  source: sourceOf(source)
})

export const AnyAgent = Schema.Struct({
  fields: AnyFields,
  parts: Schema.Array(Schema.Struct({ tier: TierText, text: Text }))
})

export const agentFrom = ({ fields, parts }: typeof AnyAgent.Type, tier: Tier = "base"): Agent => ({
  fields: entriesOf(fields).map(([key, value]) => ({ key, value, tier })),
  parts
})

export const AnyRole = Schema.Struct({
  mode: Mode,
  promptPrefix: Text,
  toolsRemoved: Schema.Array(
    Schema.Literals([
      "Bash",
      "Bash(git *)",
      "Write",
      "Edit",
      "Read",
      "Agent",
      "Task",
      "mcp__probe",
      "mcp__*",
      "WebFetch"
    ])
  ),
  permissionMode: optional(PermissionMode)
})

export const roleFrom = (role: typeof AnyRole.Type): RoleModifier => ({ name: Slug.make("some-role"), ...role })
