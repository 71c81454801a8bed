/**
 * A stand-in for the model behind Claude Code: the Messages API on loopback, which plays a script. The
 * environment it gives makes any `claude` play it, offline and in scratch folders, with `-p` and in a
 * terminal, also when crewkit starts it. Nothing of the caller's environment but PATH (and what Windows
 * needs to start a program) is in there.
 */
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { createServer, type ServerResponse } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const objects = (value: Json | undefined): ReadonlyArray<JsonObject> =>
  Array.isArray(value) ? value.filter((item: Json): item is JsonObject => isObject(item)) : []

export const str = (value: Json | undefined): string => (typeof value === "string" ? value : "")

/** The object that a text holds; an empty one where it holds none. */
export const parseObject = (source: string): JsonObject => {
  try {
    const value: Json = JSON.parse(source)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** The text of a `content` or `system` field, which is a string or a list of blocks. */
export const blockText = (value: Json | undefined): string =>
  typeof value === "string"
    ? value
    : objects(value)
        .map((block) => str(block["text"]))
        .join("\n\n")

/** The names of the tools that a request offers. */
export const toolNames = (request: JsonObject): Array<string> =>
  objects(request["tools"])
    .map((tool) => str(tool["name"]))
    .filter((name) => name !== "")

/** One use of a tool. */
export interface Use {
  readonly id: string
  readonly name: string
  readonly input: JsonObject
  /** What the sub-agent says in turn, where the tool starts one. */
  readonly turns?: ReadonlyArray<Turn>
}

/** What the model says when it is asked: a text, which ends its turn, or uses of tools, all at once. */
export type Said = string | ReadonlyArray<Use>
/** A function is called when the request arrives, and may take its time. */
export type Turn = Said | (() => Said | Promise<Said>)

export const use = (name: string, input: JsonObject): Use => ({ id: `toolu_${randomUUID()}`, name, input })

/** Starts the sub-agent of this name (the `name:` of its frontmatter), which then says these turns. */
export const subAgent = (name: string, turns: ReadonlyArray<Turn>, more: JsonObject = {}): Use => {
  const id = `toolu_${randomUUID()}`
  const input = { description: "Helps", prompt: `The task ${id}`, subagent_type: name, run_in_background: false }
  return { id, name: "Agent", input: { ...input, ...more }, turns }
}

/** One request for a message: `main` is the session itself, `side` a request beside the conversation. */
export interface ModelRequest {
  /** "main", "side", or the id of the use that started the sub-agent. */
  readonly from: string
  readonly body: JsonObject
}

export interface Model extends AsyncDisposable {
  /** The whole environment for `claude`, or for a program that starts it. */
  readonly env: Record<string, string>
  /** All requests for messages so far. */
  readonly requests: ReadonlyArray<ModelRequest>
  /** What the client answered to the use of a tool; undefined while it has not. */
  readonly resultOf: (id: string) => { readonly isError: boolean; readonly text: string } | undefined
  /** Turns of the session itself that were not asked for yet. */
  readonly left: () => number
  /** A file in a scratch folder of this model. */
  readonly path: (...parts: ReadonlyArray<string>) => string
}

export interface ModelOptions {
  /** Folders the client takes for trusted: in a terminal it asks otherwise, and runs no hook of theirs. */
  readonly trusted?: ReadonlyArray<string>
  /** The user's settings.json. */
  readonly settings?: JsonObject
  /** More environment; wins over the module's own. */
  readonly env?: Readonly<Record<string, string>>
}

const apiKey = "sk-ant-not-a-key"

const sendJson = (response: ServerResponse, value: JsonObject): void => {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value))
}

/** Answers one Messages request, as a stream of events when the request asks for one. */
const answer = (response: ServerResponse, request: JsonObject, said: Said): void => {
  const usage = { input_tokens: 1, output_tokens: 1 }
  const blocks: ReadonlyArray<{ full: JsonObject; empty: JsonObject; delta: JsonObject }> =
    typeof said === "string"
      ? [
          {
            full: { type: "text", text: said },
            empty: { type: "text", text: "" },
            delta: { type: "text_delta", text: said }
          }
        ]
      : said.map(({ id, name, input }) => ({
          full: { type: "tool_use", id, name, input },
          empty: { type: "tool_use", id, name, input: {} },
          delta: { type: "input_json_delta", partial_json: JSON.stringify(input) }
        }))
  const reason = typeof said === "string" ? "end_turn" : "tool_use"
  const message: JsonObject = {
    id: `msg_${randomUUID()}`,
    type: "message",
    role: "assistant",
    model: str(request["model"]),
    content: blocks.map((block) => block.full),
    stop_reason: reason,
    stop_sequence: null,
    usage
  }
  if (request["stream"] !== true) return sendJson(response, message)
  const events: ReadonlyArray<JsonObject> = [
    { type: "message_start", message: { ...message, content: [], stop_reason: null } },
    ...blocks.flatMap(({ empty, delta }, index) => [
      { type: "content_block_start", index, content_block: empty },
      { type: "content_block_delta", index, delta },
      { type: "content_block_stop", index }
    ]),
    { type: "message_delta", delta: { stop_reason: reason, stop_sequence: null }, usage },
    { type: "message_stop" }
  ]
  response.writeHead(200, { "content-type": "text/event-stream" })
  response.end(events.map((event) => `event: ${str(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`).join(""))
}

/** Makes the scratch folders, with a client that was set up before, and the whole environment. */
const environment = async (scratch: string, baseUrl: string, options: ModelOptions) => {
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
  const trusted = await Promise.all((options.trusted ?? []).map((folder) => realpath(folder)))
  const config: JsonObject = {
    hasCompletedOnboarding: true,
    theme: "dark",
    bypassPermissionsModeAccepted: true,
    // The client stores the end of a key that the person let it use.
    customApiKeyResponses: { approved: [apiKey.slice(-20)], rejected: [] },
    projects: Object.fromEntries(
      trusted.map((folder) => [folder, { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true }])
    )
  }
  await writeFile(join(scratch, "config", ".claude.json"), JSON.stringify(config))
  if (options.settings) await writeFile(join(scratch, "config", "settings.json"), JSON.stringify(options.settings))
  return {
    ...env,
    ANTHROPIC_BASE_URL: baseUrl,
    ANTHROPIC_API_KEY: apiKey,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
    DISABLE_AUTOUPDATER: "1",
    ENABLE_TOOL_SEARCH: "false",
    // Without it the client refuses root --dangerously-skip-permissions.
    IS_SANDBOX: "1",
    ...options.env
  }
}

/** Starts a model that says the script, a turn for each request of the session; after its end, "done". */
export const startModel = async (script: ReadonlyArray<Turn>, options: ModelOptions = {}): Promise<Model> => {
  const scratch = await mkdtemp(join(await realpath(tmpdir()), "claude-client-"))
  const requests: Array<ModelRequest> = []
  const queues = new Map([["main", [...script]]])

  const speakerOf = (body: JsonObject): string => {
    const opening = JSON.stringify(objects(body["messages"]).find((message) => message["role"] === "user") ?? {})
    const agent = [...queues.keys()].find((id) => id !== "main" && opening.includes(id))
    return agent ?? (toolNames(body).length > 0 ? "main" : "side")
  }

  const say = async (from: string, body: JsonObject): Promise<Said> => {
    const turn = queues.get(from)?.shift() ?? "done"
    const said = typeof turn === "function" ? await turn() : turn
    if (typeof said === "string") return said
    const starter = toolNames(body).find((name) => name === "Agent" || name === "Task")
    const uses = said.map((one) => (one.turns === undefined ? one : { ...one, name: starter ?? one.name }))
    for (const one of uses) if (one.turns !== undefined) queues.set(one.id, [...one.turns])
    return uses
  }

  const server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/\?.*$/s, "")
    text(request)
      .then(parseObject)
      .then(async (body) => {
        if (request.method !== "POST" || path !== "/v1/messages")
          return sendJson(response, path.endsWith("/count_tokens") ? { input_tokens: 1 } : {})
        const from = speakerOf(body)
        requests.push({ from, body })
        answer(response, body, await say(from, body))
      })
      .catch(() => response.destroy())
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  const address = server.address()
  const port = typeof address === "object" ? address?.port : undefined
  return {
    env: await environment(scratch, `http://127.0.0.1:${port}`, options),
    requests,
    resultOf: (id) => {
      for (const { body } of requests) {
        const blocks = objects(body["messages"]).flatMap((message) => objects(message["content"]))
        const result = blocks.find((block) => block["tool_use_id"] === id)
        if (result) return { isError: result["is_error"] === true, text: blockText(result["content"]) }
      }
      return undefined
    },
    left: () => queues.get("main")?.length ?? 0,
    path: (...parts) => join(scratch, ...parts),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    }
  }
}
