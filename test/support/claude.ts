/**
 * Asks the real Claude Code client what it makes of a project's agents: offline, with scratch folders,
 * against the stand-in for the model.
 */
import { spawn } from "node:child_process"
import { writeFile } from "node:fs/promises"
import {
  blockText,
  objects,
  parseObject,
  startModel,
  str,
  subAgent,
  toolNames,
  use,
  type Json,
  type JsonObject
} from "./modelServer.ts"

/** The name under which a sub-agent sees the one tool of the probe's MCP server. */
export const probeMcpTool = "mcp__probe__write_file"

export interface ClientOptions {
  /** Time limit of the whole run; 60 s unless told. */
  readonly timeoutMs?: number
  /** More arguments for the client, put before the fixed ones. */
  readonly args?: ReadonlyArray<string>
  /** More environment for the client; wins over the module's own. */
  readonly env?: Readonly<Record<string, string>>
}

export interface ProbeOptions extends ClientOptions {
  /** Connect one stdio MCP server, which offers `mcp__probe__write_file` to the session. */
  readonly mcp?: boolean
  /** Mark the project as trusted: only then does the client run an agent's own `hooks` and `mcpServers`. */
  readonly trusted?: boolean
  /** The session's `--permission-mode`; "default" unless told. */
  readonly permissionMode?: string
  /** Let the sub-agent call this tool once with this input. */
  readonly call?: { readonly name: string; readonly input: JsonObject }
}

export interface EffectiveTools {
  /** Names of the tools offered to the sub-agent in its first request, in the client's order. */
  readonly tools: Array<string>
  /** Names of the tools offered to the main session. */
  readonly mainTools: Array<string>
  /** The sub-agent's system prompt, its blocks joined with a blank line. */
  readonly system: string
  /** What the client answered to `call`; absent when no call was asked for or none was answered. */
  readonly toolResult?: { readonly isError: boolean; readonly text: string }
  /** The session's permission mode, and the tools whose use was refused by a permission. */
  readonly permission: { readonly mode: string; readonly denied: Array<string> }
}

type Run = { readonly lines: ReadonlyArray<JsonObject>; readonly code: number | null; readonly stderr: string }

/** Runs the client; rejects at the time limit. Its process group is gone when this settles. */
const run = (claudePath: string, args: Array<string>, cwd: string, env: Record<string, string>, limit = 60_000) =>
  new Promise<Run>((resolve, reject) => {
    const child = spawn(claudePath, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] })
    let [stdout, stderr, timedOut] = ["", "", false]
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
      } catch {
        child.kill("SIGKILL")
      }
    }
    const timer = setTimeout(() => {
      timedOut = true
      kill()
      child.stdout.destroy()
      child.stderr.destroy()
    }, limit)
    process.once("exit", kill)
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk))
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk))
    child
      .once("error", reject)
      .once("exit", kill)
      .once("close", (code) => {
        clearTimeout(timer)
        process.off("exit", kill)
        if (timedOut) reject(new Error(`the client was still running after ${limit} ms\n${stderr.slice(-2000)}`))
        else resolve({ lines: stdout.split("\n").map(parseObject), code, stderr })
      })
  })

const failure = (what: string, ran: Run): Error => new Error(`${what} (exit ${ran.code})\n${ran.stderr.slice(-2000)}`)

const initOf = (ran: Run): JsonObject => {
  const line = ran.lines.find((item) => item["type"] === "system" && item["subtype"] === "init")
  if (line === undefined) throw failure("the client printed no init line", ran)
  return line
}

/** The names of all agents the client has loaded for a project, its built-in ones included. */
export const listLoadedAgents = async (
  projectDir: string,
  claudePath: string,
  options: ClientOptions = {}
): Promise<Array<string>> => {
  await using model = await startModel([], options)
  const args = [...(options.args ?? []), "-p", "/agents", "--output-format", "stream-json", "--verbose"]
  const ran = await run(claudePath, args, projectDir, model.env, options.timeoutMs)
  const agents = initOf(ran)["agents"]
  return Array.isArray(agents) ? agents.map((name: Json) => str(name)) : []
}

/** A stdio MCP server with one tool; it writes nothing anywhere. */
const mcpServer = `
const tool = { name: "write_file", description: "Writes a file", inputSchema: { type: "object", properties: {} } }
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  const result = method === "initialize"
    ? { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "probe", version: "1" } }
    : method === "tools/list" ? { tools: [tool] }
    : method === "tools/call" ? { content: [{ type: "text", text: "probe was called" }] } : {}
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\\n")
})
`

/**
 * Has the client start the named sub-agent, and reports the tools and the system prompt its own
 * request carried. `agentName` is the `name:` of the agent's frontmatter. Rejects when the client
 * did not start the sub-agent; the message holds the client's own reason.
 */
export const effectiveTools = async (
  projectDir: string,
  agentName: string,
  claudePath: string,
  options: ProbeOptions = {}
): Promise<EffectiveTools> => {
  const call = options.call && use(options.call.name, options.call.input)
  const start = subAgent(agentName, call === undefined ? [] : [[call]])
  await using model = await startModel([[start]], {
    trusted: options.trusted === true ? [projectDir] : [],
    ...(options.env && { env: options.env })
  })
  const script = model.path("mcp.cjs")
  await writeFile(script, mcpServer)
  const servers = options.mcp === true ? { probe: { command: process.execPath, args: [script] } } : {}
  const args = [
    ...(options.args ?? []),
    "-p",
    "Start the sub-agent",
    "--output-format",
    "stream-json",
    "--verbose",
    "--permission-mode",
    options.permissionMode ?? "default",
    "--mcp-config",
    JSON.stringify({ mcpServers: servers })
  ]
  const ran = await run(claudePath, args, projectDir, model.env, options.timeoutMs)
  const mode = str(initOf(ran)["permissionMode"])
  const main = model.requests.find((request) => request.from === "main")
  const sub = model.requests.find((request) => request.from === start.id)
  if (main === undefined || sub === undefined) {
    throw failure(`the client did not start ${JSON.stringify(agentName)}: ${model.resultOf(start.id)?.text ?? ""}`, ran)
  }
  const end = ran.lines.findLast((line) => line["type"] === "result")
  const toolResult = call && model.resultOf(call.id)
  return {
    tools: toolNames(sub.body),
    mainTools: toolNames(main.body),
    system: blockText(sub.body["system"]),
    ...(toolResult && { toolResult }),
    permission: { mode, denied: objects(end?.["permission_denials"]).map((denial) => str(denial["tool_name"])) }
  }
}
