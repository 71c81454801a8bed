/** One session of the real Claude Code over a folder of agent files, which starts many of them and tells what it saw. */
import { assert } from "@effect/vitest"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import {
  parseObject,
  startModel,
  str,
  subAgent,
  toolNames,
  type Json,
  type JsonObject,
  type Turn
} from "./modelServer.ts"
import { runProgram } from "./program.ts"

/** A server with the tools that its arguments name. It says in `$MARK` that it was started. */
const mcpServer = `
const names = process.argv.slice(2)
require("node:fs").appendFileSync(process.env.MARK, "server " + names.join(" ") + "\\n")
const tools = names.map((name) => ({ name, inputSchema: { type: "object", properties: {} } }))
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  const result = method === "initialize"
    ? { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "s", version: "1" } }
    : method === "tools/list" ? { tools } : {}
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\\n")
})
`

export interface Probe {
  /** Below `.claude/agents`; the id with `.md` unless told. */
  readonly file?: string
  readonly content: string | Uint8Array
  /** Start it under this name. */
  readonly start?: string
  /** What the sub-agent says, once started. */
  readonly turns?: ReadonlyArray<Turn>
}

export interface Seen {
  /** Names of all agents that the client loaded, its own included. */
  readonly loaded: ReadonlyArray<string>
  /** What the client tells the main session of each agent, up to a line end. */
  readonly described: ReadonlyMap<string, string>
  /** By probe: the tools of its request, or the client's words why it was not started. */
  readonly started: ReadonlyMap<string, ReadonlyArray<string> | string>
  /** Lines that hooks and servers wrote to `$MARK`. */
  readonly marks: ReadonlyArray<string>
  /** Files of the project's folder afterwards. */
  readonly files: ReadonlyArray<string>
}

/** The client runs no more than twenty sub-agents at once. */
const atOnce = 15

/** The command with which an agent's own server starts; it runs in the project's folder. */
export const serverCommand = { command: process.execPath, script: "server.cjs" }

export const session = async (
  program: string,
  probes: Readonly<Record<string, Probe>>,
  options: {
    readonly trusted?: boolean
    readonly permissionMode?: string
    readonly settings?: JsonObject
    readonly prepare?: (folder: string) => void
  } = {}
): Promise<Seen> => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "crewkit-client-"))
  try {
    writeFileSync(join(folder, serverCommand.script), mcpServer)
    writeFileSync(join(folder, "mark"), "")
    for (const [id, { content, file }] of Object.entries(probes)) {
      const path = join(folder, ".claude", "agents", file ?? `${id}.md`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
    }
    options.prepare?.(folder)
    const starts = Object.entries(probes).flatMap(([id, { start, turns }]) =>
      start === undefined ? [] : [{ id, use: subAgent(start, turns ?? []) }]
    )
    const script: Array<Turn> = []
    for (let at = 0; at < starts.length; at += atOnce) script.push(starts.slice(at, at + atOnce).map(({ use }) => use))
    await using model = await startModel(script, {
      trusted: options.trusted === false ? [] : [folder],
      env: { MARK: join(folder, "mark") },
      ...(options.settings && { settings: options.settings })
    })
    const server = (...tools: ReadonlyArray<string>) => ({
      command: serverCommand.command,
      args: [join(folder, serverCommand.script), ...tools]
    })
    const mode = options.permissionMode ?? "default"
    const servers = { mcpServers: { probe: server("read_it", "write_it"), other: server("only") } }
    const asked = ["-p", "go", "--output-format", "stream-json", "--verbose", "--permission-mode", mode]
    const args = [...asked, "--mcp-config", JSON.stringify(servers)]
    const run = await runProgram(program, args, { cwd: folder, env: model.env })
    const init = run.stdout
      .split("\n")
      .map(parseObject)
      .find((line) => line["type"] === "system" && line["subtype"] === "init")
    assert.isDefined(init, run.stderr)
    assert.strictEqual(model.left(), 0, "the session asked for all its turns")
    const agents: Json | undefined = init?.["agents"]
    const main = JSON.stringify(model.requests.find(({ from }) => from === "main")?.body["messages"] ?? [])
    return {
      loaded: Array.isArray(agents) ? agents.map((name: Json) => str(name)) : [],
      described: new Map(
        [
          ...main.matchAll(/(?<=\\n)- ((?:[^"\\:]|\\.)+): ((?:[^"\\]|\\(?!n).)*?)(?: \(Tools: [^"\\]*\))?(?=\\n|")/g)
        ].map(([, name = "", text = ""]) => [str(JSON.parse(`"${name}"`)), str(JSON.parse(`"${text}"`))])
      ),
      started: new Map(
        starts.map(({ id, use }) => {
          const request = model.requests.find(({ from }) => from === use.id)
          return [id, request === undefined ? (model.resultOf(use.id)?.text ?? "") : toolNames(request.body)]
        })
      ),
      marks: readFileSync(join(folder, "mark"), "utf8")
        .split("\n")
        .filter((line) => line !== ""),
      files: readdirSync(folder)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}
