/** What the list of tools grants, and what of it the client drops. */
import { entryOf, type AuditedFile, type Entry, type Span } from "../AuditedFile.ts"
import type { Hit } from "../Finding.ts"
import type { Rule } from "../Rule.ts"
import { firstLine, valuePlace, withoutNames } from "./frontmatterText.ts"
import { ineffectiveRestriction } from "./permissionsKeys.ts"
import { listed, shown } from "./shown.ts"

const toolsPlace = (file: AuditedFile): Span => {
  const tools = entryOf(file, "tools")
  return tools === undefined ? firstLine(file) : valuePlace(tools)
}

export const inheritsAllTools: Rule = {
  id: "inherits-all-tools",
  category: "permissions",
  title: "Has every tool of the session",
  severity: "info",
  why: "Without a `tools` key the agent has all tools, Bash and those of every connected MCP server included. Half of all agents in public are written so; it is right for few of them.",
  remedy: "List the tools that the agent needs, such as `tools: Read, Grep, Glob`.",
  check: (file, context) => {
    const { because, everything, removed } = context.model.tools
    const { entries } = file.frontmatter
    if (!everything || because !== "absent" || entries.length === 0) return []
    // A key that means to restrict and does not is told by the other rule, as something worse.
    if (ineffectiveRestriction.check(file, context).some((hit) => hit.severity === "high")) return []
    const place = entryOf(file, "name")
    const less = removed.length === 0 ? "" : ` but ${listed(removed.map(({ tool }) => shown(tool).slice(1, -1)))}`
    return [
      {
        ...(place === undefined ? firstLine(file) : { start: place.start, end: valuePlace(place).end }),
        message: `no tools are listed, so that the agent has all of the session's${less}`,
        confidence: "high",
        identity: "tools"
      }
    ]
  }
}

export const wildcardTools: Rule = {
  id: "wildcard-tools",
  category: "permissions",
  title: "Asks for every tool by a wildcard",
  severity: "low",
  why: "`*` anywhere in the list grants all tools, Bash and those of every connected MCP server included; what else is listed means nothing then.",
  remedy: "List the tools that the agent needs.",
  check: (file, { model: { tools } }) =>
    tools.everything && tools.because === "wildcard"
      ? [
          {
            ...toolsPlace(file),
            message: "`*` grants every tool of the session, whatever else is listed",
            confidence: "high",
            identity: "*"
          }
        ]
      : []
}

export const muteAgent: Rule = {
  id: "mute-agent",
  category: "permissions",
  title: "Has no tool at all",
  severity: "medium",
  why: "Names are case-sensitive, and the client drops the ones that it does not know without a word. Of such a list nothing is left: the agent can neither read nor answer with what it found, and the client refuses to start it.",
  remedy: "Write the names as Claude Code does: `Read`, `Grep`, `Glob`, `Edit`, `Write`, `Bash`.",
  check: (file, { model: { tools } }) => {
    const list = entryOf(file, "tools")
    if (tools.everything || tools.granted.length > 0 || list === undefined) return []
    const names = tools.dropped.map(({ name }) => shown(name))
    return [
      {
        ...valuePlace(list),
        message:
          names.length === 0
            ? "the list of tools is empty, so that the agent has none"
            : `Claude Code knows none of these tools (${listed(names, 3)}), so that the agent has none`,
        confidence: "high",
        // An empty list may be meant; a list of names is not.
        severity: names.length === 0 ? "low" : "medium",
        identity: names.join(" ").slice(0, 400)
      }
    ]
  }
}

const dropFix = (file: AuditedFile, list: Entry, dropped: ReadonlyArray<Span>): Pick<Hit, "fix"> => {
  const edits = withoutNames(file, list, dropped)
  return edits === undefined ? {} : { fix: { description: "Remove the names that mean nothing", edits } }
}

export const droppedToolName: Rule = {
  id: "dropped-tool-name",
  category: "permissions",
  title: "A tool that the client does not know",
  severity: "low",
  why: "The client drops a name that it does not know without a word: a slip of the finger, a name in small letters, or a tool that is gone since (LS, MultiEdit, TodoWrite). The agent lacks what its author meant it to have.",
  remedy:
    "Correct the name, or remove it. `crewkit agents audit --fix` removes it, which changes nothing for the client.",
  check: (file, { model: { tools } }) => {
    const list = entryOf(file, "tools")
    const [first] = tools.dropped
    // Where nothing is left, that is the finding.
    if (list === undefined || first === undefined || (!tools.everything && tools.granted.length === 0)) return []
    const names = tools.dropped.map(({ name }) => shown(name))
    return [
      {
        start: first.start,
        end: first.end,
        message: `Claude Code drops ${listed(names)}: it knows no such tool`,
        confidence: "high",
        identity: names.join(" ").slice(0, 400),
        ...(tools.everything ? {} : dropFix(file, list, tools.dropped))
      }
    ]
  }
}

/** Where in the list a tool stands; the whole list where it is not found as written. */
const placeOf = (file: AuditedFile, list: Entry, name: string): Span => {
  const text = file.text.slice(list.valueSpan.start, list.valueSpan.end)
  const at = text.indexOf(name)
  return at === -1
    ? valuePlace(list)
    : { start: list.valueSpan.start + at, end: list.valueSpan.start + at + name.length }
}

export const unscopedBash: Rule = {
  id: "unscoped-bash",
  category: "permissions",
  title: "Runs any command",
  severity: "info",
  why: "Bash is every other tool at once: it writes files, reaches the network and starts programs. A scope such as `Bash(git diff:*)` in an agent's tools changes nothing: Claude Code grants all of Bash and ignores what stands in brackets.",
  remedy:
    "Take Bash out where Read, Grep and Glob do. To allow certain commands only, use `permissions` in the settings, or a PreToolUse hook that blocks the others.",
  check: (file, { model: { tools } }) => {
    const list = entryOf(file, "tools")
    const bash = tools.granted.filter(({ tool }) => tool === "Bash")
    if (tools.everything || list === undefined || bash.length === 0) return []
    // As written: the client takes `Bash(*)` for plain Bash.
    const written = file.text.slice(list.valueSpan.start, list.valueSpan.end)
    const [scoped, scope = ""] = /\bBash\(([^()\n]*)\)/.exec(written) ?? []
    const bare = scoped === undefined || /\bBash\b(?!\()/.test(written)
    if (bare) {
      return [
        {
          ...placeOf(file, list, "Bash"),
          message: "Bash runs any command",
          confidence: "high",
          identity: "Bash"
        }
      ]
    }
    return [
      {
        ...placeOf(file, list, scoped),
        message: `Bash runs any command: Claude Code ignores the scope ${shown(scope, 40)} in an agent's tools`,
        confidence: "high",
        severity: "medium",
        identity: scoped
      }
    ]
  }
}
