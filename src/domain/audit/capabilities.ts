/** What an agent can do with what it is given, as rows of a table. */
import { type AuditedFile, entryOf } from "./AuditedFile.ts"
import { Capability, type CapabilityRow, type GrantedTool, type Reach, type ToolGrant } from "./ClientModel.ts"
import { hookEvents, inlineServers } from "./clientHooks.ts"
import { memoryOf } from "./clientTools.ts"

type Power = "reads files" | "writes files" | "runs commands" | "reaches the network" | "spawns agents"

const own: { readonly [power in Power]: ReadonlyArray<string> } = {
  "reads files": ["Read", "Grep", "Glob", "LSP"],
  "writes files": ["Write", "Edit", "NotebookEdit"],
  "runs commands": ["Bash", "Monitor", "PowerShell"],
  "reaches the network": ["WebFetch", "WebSearch"],
  "spawns agents": ["Agent"]
}

type Row = readonly [reach: Reach, by: string]

const no: Row = ["no", ""]

const shownTool = ({ scope, tool }: GrantedTool): string =>
  scope === undefined ? tool : `${tool}(${scope}), its scope ignored`

/** What of these tools the agent has, in words; undefined where it has none. */
const has = (grant: ToolGrant, tools: ReadonlyArray<string>): string | undefined => {
  if (grant.everything) {
    const left = tools.filter((tool) => !grant.removed.some((one) => one.tool === tool))
    if (left.length === tools.length) return grant.because === "absent" ? "no tools key" : "tools: *"
    return left.length === 0 ? undefined : left.join(", ")
  }
  const mine = tools.flatMap((tool) => grant.granted.filter((one) => one.tool === tool))
  return mine.length === 0 ? undefined : mine.map(shownTool).join(", ")
}

const mcpRow = (grant: ToolGrant, servers: ReadonlyArray<string>): Row => {
  const inline = servers.filter(
    (server) => !grant.removed.some(({ tool }) => tool === `mcp__${server}` || tool === "mcp__*")
  )
  const names = inline.map((server) => `mcpServers: ${server}`)
  if (!grant.everything) {
    const mine = [...grant.granted.map(({ tool }) => tool).filter((tool) => tool.startsWith("mcp__")), ...names]
    return mine.length > 0 ? ["scoped", mine.join(", ")] : no
  }
  const removed = grant.removed.map(({ tool }) => tool).filter((tool) => tool.startsWith("mcp__"))
  if (removed.includes("mcp__*")) return no
  const because = grant.because === "absent" ? "no tools key" : "tools: *"
  return ["yes", removed.length === 0 ? because : `${because}, less ${removed.join(", ")}`]
}

/**
 * What the mode lifts in a session that asks. `bypassPermissions` was seen to lift nothing there; a session that skips
 * every check by itself needs no agent for it.
 */
const permissionRow = (file: AuditedFile): Row => {
  const mode = entryOf(file, "permissionMode")?.value
  switch (mode) {
    // Changes of files in the project, and commands that only make, copy or move such.
    case "acceptEdits":
      return ["scoped", "permissionMode: acceptEdits"]
    // A model decides in the place of the person.
    case "auto":
      return ["scoped", "permissionMode: auto"]
    case "bypassPermissions":
      return ["scoped", "permissionMode: bypassPermissions, in a session that skips them too"]
    default:
      return no
  }
}

/** Nothing at all: of an agent that does not load or start. */
export const noCapabilities: ReadonlyArray<CapabilityRow> = Capability.literals.map((capability) => ({
  capability,
  reach: "no",
  by: ""
}))

export const capabilitiesOf = (file: AuditedFile, grant: ToolGrant): ReadonlyArray<CapabilityRow> => {
  const servers = inlineServers(file)
  const [commands, agents] = [has(grant, own["runs commands"]), has(grant, own["spawns agents"])]
  const power = (name: Power, otherwise: ReadonlyArray<string | undefined>): Row => {
    const by = has(grant, own[name]) ?? otherwise.find((each) => each !== undefined)
    return by === undefined ? no : ["yes", by]
  }
  const mcp = mcpRow(grant, servers)
  const events = hookEvents(entryOf(file, "hooks")?.value)
  const memory = memoryOf(file)
  const rows: { readonly [capability in Capability]: Row } = {
    "reads files": power("reads files", [commands, agents]),
    "writes files": power("writes files", [commands, agents]),
    "runs commands": power("runs commands", [agents]),
    "reaches the network": power("reaches the network", [commands, agents]),
    "spawns agents": power("spawns agents", []),
    // An agent started has the tools of its own file, and all of them where it is a built-in one.
    "uses MCP tools": mcp[0] === "yes" || agents === undefined ? mcp : ["yes", agents],
    "starts MCP servers": servers.length > 0 ? ["yes", servers.join(", ")] : no,
    "runs hooks": events.length > 0 ? ["yes", events.join(", ")] : no,
    "keeps memory": memory === undefined ? no : ["yes", `memory: ${memory}`],
    "skips permission checks": permissionRow(file)
  }
  return Capability.literals.map((capability) => {
    const [reach, by] = rows[capability]
    return { capability, reach, by }
  })
}
