/**
 * Drives the real Claude Code client in tests: offline, with scratch folders, against a stand-in for
 * the Messages API which listens on loopback only. Nothing of the caller's environment but PATH (and
 * what Windows needs to start a program) reaches the client.
 */
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { createServer, type ServerResponse } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }
type JsonObject = { readonly [key: string]: Json }

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

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const objects = (value: Json | undefined): ReadonlyArray<JsonObject> =>
  Array.isArray(value) ? value.filter((item: Json): item is JsonObject => isObject(item)) : []

const str = (value: Json | undefined): string => (typeof value === "string" ? value : "")

const parse = (source: string): JsonObject => {
  try {
    const value: Json = JSON.parse(source)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** The text of a `content` or `system` field, which is a string or a list of blocks. */
const blockText = (value: Json | undefined): string =>
  typeof value === "string"
    ? value
    : objects(value)
        .map((block) => str(block["text"]))
        .join("\n\n")

const names = (value: Json | undefined): Array<string> =>
  objects(value)
    .map((tool) => str(tool["name"]))
    .filter((name) => name !== "")

const withScratch = async <A>(use: (scratch: string) => Promise<A>): Promise<A> => {
  const scratch = await mkdtemp(join(tmpdir(), "claude-client-"))
  try {
    return await use(scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}

/** Makes the scratch folders, and the whole environment of the client. */
const environment = async (scratch: string, baseUrl: string, options: ClientOptions) => {
  const env: Record<string, string> = {}
  for (const key of ["PATH", "Path", "PATHEXT", "SystemRoot", "SYSTEMROOT", "COMSPEC"]) {
    const value = process.env[key]
    if (value !== undefined) env[key] = value
  }
  const folders = {
    home: ["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"],
    config: ["CLAUDE_CONFIG_DIR"],
    run: ["XDG_RUNTIME_DIR"],
    tmp: ["TMPDIR", "TEMP", "TMP", "CLAUDE_CODE_TMPDIR"]
  }
  for (const [folder, keys] of Object.entries(folders)) {
    const path = join(scratch, folder)
    await mkdir(path, { mode: 0o700 })
    for (const key of keys) env[key] = path
  }
  return {
    ...env,
    ANTHROPIC_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: "sk-ant-not-a-key",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
    DISABLE_AUTOUPDATER: "1",
    ENABLE_TOOL_SEARCH: "false",
    ...options.env
  }
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
        else resolve({ lines: stdout.split("\n").map(parse), code, stderr })
      })
  })

const failure = (what: string, ran: Run): Error => new Error(`${what} (exit ${ran.code})\n${ran.stderr.slice(-2000)}`)

const initOf = (ran: Run): JsonObject => {
  const line = ran.lines.find((item) => item["type"] === "system" && item["subtype"] === "init")
  if (line === undefined) throw failure("the client printed no init line", ran)
  return line
}

/**
 * The names of all agents the client has loaded for a project, its built-in ones included. Needs no
 * server: the client's API address is a closed loopback port.
 */
export const listLoadedAgents = (
  projectDir: string,
  claudePath: string,
  options: ClientOptions = {}
): Promise<Array<string>> =>
  withScratch(async (scratch) => {
    const env = await environment(scratch, "http://127.0.0.1:9", options)
    const args = [...(options.args ?? []), "-p", "/agents", "--output-format", "stream-json", "--verbose"]
    const ran = await run(claudePath, args, projectDir, env, options.timeoutMs)
    const agents = initOf(ran)["agents"]
    return Array.isArray(agents) ? agents.map((name: Json) => str(name)) : []
  })

type Reply = { readonly say: string } | { readonly use: string; readonly input: JsonObject; readonly id: string }

/** Answers one Messages request, as a stream of events when the request asks for one. */
const answer = (response: ServerResponse, request: JsonObject, reply: Reply): void => {
  const uses = "use" in reply
  const usage = { input_tokens: 1, output_tokens: 1 }
  const reason = uses ? "tool_use" : "end_turn"
  const block: JsonObject = uses
    ? { type: "tool_use", id: reply.id, name: reply.use, input: reply.input }
    : { type: "text", text: reply.say }
  const message: JsonObject = {
    id: `msg_${randomUUID()}`,
    type: "message",
    role: "assistant",
    model: str(request["model"]),
    content: [block],
    stop_reason: reason,
    stop_sequence: null,
    usage
  }
  if (request["stream"] !== true) return sendJson(response, message)
  const empty: JsonObject = uses ? { ...block, input: {} } : { ...block, text: "" }
  const delta: JsonObject = uses
    ? { type: "input_json_delta", partial_json: JSON.stringify(reply.input) }
    : { type: "text_delta", text: reply.say }
  const events: ReadonlyArray<JsonObject> = [
    { type: "message_start", message: { ...message, content: [], stop_reason: null } },
    { type: "content_block_start", index: 0, content_block: empty },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: reason, stop_sequence: null }, usage },
    { type: "message_stop" }
  ]
  response.writeHead(200, { "content-type": "text/event-stream" })
  response.end(events.map((event) => `event: ${str(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`).join(""))
}

const sendJson = (response: ServerResponse, value: JsonObject): void => {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value))
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
export const effectiveTools = (
  projectDir: string,
  agentName: string,
  claudePath: string,
  options: ProbeOptions = {}
): Promise<EffectiveTools> =>
  withScratch(async (scratch) => {
    const [mainMark, subMark] = [`main-${randomUUID()}`, `sub-${randomUUID()}`]
    const [startId, callId] = [`toolu_${randomUUID()}`, `toolu_${randomUUID()}`]
    let main: JsonObject | undefined
    let sub: JsonObject | undefined
    let started: JsonObject | undefined
    let called: JsonObject | undefined

    const replyTo = (request: JsonObject): Reply => {
      const messages = objects(request["messages"])
      const opening = JSON.stringify(messages.find((message) => message["role"] === "user") ?? {})
      const blocks = messages.flatMap((message) => objects(message["content"]))
      if (opening.includes(subMark)) {
        called ??= blocks.find((block) => block["tool_use_id"] === callId)
        if (sub !== undefined) return { say: "done" }
        sub = request
        if (options.call !== undefined) return { use: options.call.name, input: options.call.input, id: callId }
      } else if (opening.includes(mainMark)) {
        started ??= blocks.find((block) => block["tool_use_id"] === startId)
        const starter = names(request["tools"]).find((name) => name === "Agent" || name === "Task")
        if (main !== undefined || starter === undefined) return { say: "done" }
        main = request
        return { use: starter, input: { description: "Probe", prompt: subMark, subagent_type: agentName }, id: startId }
      }
      return { say: "done" }
    }

    const server = createServer((request, response) => {
      const path = (request.url ?? "").replace(/\?.*$/s, "")
      text(request)
        .then(parse)
        .then((body) => {
          if (request.method === "POST" && path === "/v1/messages") answer(response, body, replyTo(body))
          else sendJson(response, path.endsWith("/count_tokens") ? { input_tokens: 1 } : {})
        })
        .catch(() => response.destroy())
    })
    await once(server.listen(0, "127.0.0.1"), "listening")
    try {
      const address = server.address()
      const port = typeof address === "object" ? address?.port : undefined
      const env = await environment(scratch, `http://127.0.0.1:${port}`, options)
      const script = join(scratch, "mcp.cjs")
      await writeFile(script, mcpServer)
      const servers = options.mcp === true ? { probe: { command: process.execPath, args: [script] } } : {}
      if (options.trusted === true) {
        const projects = { [await realpath(projectDir)]: { hasTrustDialogAccepted: true } }
        await writeFile(join(scratch, "config", ".claude.json"), JSON.stringify({ projects }))
      }
      const args = [
        ...(options.args ?? []),
        "-p",
        mainMark,
        "--output-format",
        "stream-json",
        "--verbose",
        "--permission-mode",
        options.permissionMode ?? "default",
        "--mcp-config",
        JSON.stringify({ mcpServers: servers })
      ]
      const ran = await run(claudePath, args, projectDir, env, options.timeoutMs)
      const mode = str(initOf(ran)["permissionMode"])
      if (main === undefined || sub === undefined) {
        throw failure(`the client did not start ${JSON.stringify(agentName)}: ${blockText(started?.["content"])}`, ran)
      }
      const end = ran.lines.findLast((line) => line["type"] === "result")
      return {
        tools: names(sub["tools"]),
        mainTools: names(main["tools"]),
        system: blockText(sub["system"]),
        ...(called && { toolResult: { isError: called["is_error"] === true, text: blockText(called["content"]) } }),
        permission: { mode, denied: objects(end?.["permission_denials"]).map((denial) => str(denial["tool_name"])) }
      }
    } finally {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
  })
