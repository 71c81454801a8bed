/** What Claude Code does with an agent file; each line of it is asked of the real client by test/e2e/clientModel.test.ts. */
import { maxAgentBytes } from "../acceptance.ts"
import { type AuditedFile, entryOf, type FrontmatterState, type Span } from "./AuditedFile.ts"
import { capabilitiesOf, noCapabilities } from "./capabilities.ts"
import type { ClientModel, Loading } from "./ClientModel.ts"
import { hooksProblem } from "./clientHooks.ts"
import { toolsOf } from "./clientTools.ts"

/** UTF-16 code units. */
const maxNameLength = 256

const nameFault = (name: string): string | undefined => {
  if (name.length > maxNameLength) return `the name is longer than ${maxNameLength} characters`
  if (name.startsWith("-")) return "the name starts with a hyphen"
  // The full-width colon and its like count too.
  return name.normalize("NFKC").includes(":") ? "the name holds a colon" : undefined
}

const stateFaults: { readonly [state in Exclude<FrontmatterState, "closed">]: string } = {
  missing: "it does not start with ---",
  unterminated: "the frontmatter has no closing ---",
  hidden: "something stands before the first ---",
  unreadable: "the frontmatter is not YAML, and cannot be repaired line by line",
  oversized: "the frontmatter is too large or too deep to be read here; no agent needs that"
}

const firstLine = (file: AuditedFile): Span => {
  const end = file.text.indexOf("\n")
  return { start: 0, end: end === -1 ? file.text.length : end }
}

type Needed = { readonly fault: string; readonly at: Span } | { readonly text: string; readonly at: Span }

const needed = (file: AuditedFile, key: "name" | "description"): Needed => {
  const entry = entryOf(file, key)
  if (entry === undefined) return { fault: `it has no ${key}`, at: firstLine(file) }
  const { value } = entry
  const at = entry.valueSpan.end > entry.valueSpan.start ? entry.valueSpan : entry.keySpan
  if (value === null || value === "") return { fault: `the ${key} is empty`, at }
  return typeof value === "string" ? { text: value, at } : { fault: `the ${key} is not text; put it in quotes`, at }
}

const loadingOf = (file: AuditedFile): Loading => {
  const fails = (reason: string, at: Span): Loading => ({ loads: false, reason, at })
  if (file.bytes > maxAgentBytes) return fails(`it is larger than ${maxAgentBytes} bytes`, firstLine(file))
  const { entries, problems, state } = file.frontmatter
  if (state !== "closed") {
    const [problem] = problems
    return fails(stateFaults[state], state === "unreadable" && problem !== undefined ? problem : firstLine(file))
  }
  const name = needed(file, "name")
  if ("fault" in name) return fails(name.fault, name.at)
  const fault = nameFault(name.text)
  if (fault !== undefined) return fails(fault, name.at)
  const description = needed(file, "description")
  if ("fault" in description) return fails(description.fault, description.at)
  const hooks = entries.findLast((entry) => entry.key === "hooks")
  const problem = hooksProblem(hooks?.value)
  if (problem !== undefined && hooks !== undefined) return fails(problem, hooks.keySpan)
  return { loads: true, name: name.text, description: description.text }
}

export const modelOf = (file: AuditedFile): ClientModel => {
  const loading = loadingOf(file)
  const tools = toolsOf(file)
  const can = loading.loads && !tools.refused
  return { loading, tools, capabilities: can ? capabilitiesOf(file, tools) : noCapabilities }
}
