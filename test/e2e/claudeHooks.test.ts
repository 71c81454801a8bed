/** What the session log relies on: the hooks of the real Claude Code, as HTTP requests to loopback. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import { connect } from "node:net"
import { text } from "node:stream/consumers"
import {
  isObject,
  parseObject,
  startModel,
  str,
  subAgent,
  use,
  type Json,
  type JsonObject
} from "../support/modelServer.ts"
import type { ModelOptions, Turn } from "../support/modelServer.ts"
import { claude, skipUnless, tmux } from "../support/needs.ts"
import {
  agentText,
  launcher,
  node,
  registryWith,
  runProgram,
  scratch,
  type Run,
  type Scratch
} from "../support/program.ts"
import { openTerminal } from "../support/terminal.ts"

const { skip, suffix } = skipUnless([claude])
const terminal = skipUnless([claude, tmux])
const program = claude.path ?? ""
const sessionId = "11111111-2222-4333-8444-555555555555"

interface Posted {
  readonly path: string
  readonly method: string
  readonly type: string
  readonly token: string
  readonly body: JsonObject
  /** The named file at the time of the arrival. */
  readonly disk: string | undefined
}

const field = (value: Json | undefined, ...names: ReadonlyArray<string>): Json | undefined =>
  names.reduce<Json | undefined>((inner, name) => (isObject(inner) ? inner[name] : undefined), value)

const eventOf = ({ body }: Posted): string => `${str(body["hook_event_name"])} ${str(body["tool_name"])}`.trim()

/** An endpoint for hooks, which keeps what is posted; it answers 200 with nothing unless told. */
const startEndpoint = async (answer = (response: ServerResponse): void => void response.end()) => {
  const posted: Array<Posted> = []
  const server = createServer((request, response) => {
    void text(request).then((source) => {
      const body = parseObject(source)
      const file = str(field(body, "tool_input", "file_path"))
      posted.push({
        path: request.url ?? "",
        method: request.method ?? "",
        type: request.headers["content-type"] ?? "",
        token: String(request.headers["x-token"]),
        body,
        disk: fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined
      })
      answer(response)
    })
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  const address = server.address()
  const port = typeof address === "object" ? (address?.port ?? 0) : 0
  return {
    posted,
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
  }
}

const recorded = ["PostToolUse", "PostToolUseFailure", "SubagentStart", "SubagentStop", "SessionStart", "SessionEnd"]

const hooksTo = (url: string, events: ReadonlyArray<string> = recorded): JsonObject => ({
  hooks: Object.fromEntries(
    events.map((event) => [event, [{ hooks: [{ type: "http", url, headers: { "X-Token": "canary" }, timeout: 1 }] }]])
  )
})

const withAgent = (): Scratch => {
  const project = scratch()
  project.write(".claude/agents/helper.md", agentText("helper"))
  return project
}

/** One run with -p, in which the session writes a file once. */
const writeOnce = async (
  project: Scratch,
  args: ReadonlyArray<string>,
  options: ModelOptions = {}
): Promise<Run & { readonly result: string | undefined }> => {
  const write = use("Write", { file_path: project.path("written.txt"), content: "text" })
  await using model = await startModel([[write], "all done"], { trusted: [project.project], ...options })
  const all = [...args, "-p", "go", "--dangerously-skip-permissions"]
  const run = await runProgram(program, all, { cwd: project.project, env: model.env })
  return { ...run, result: model.resultOf(write.id)?.text }
}

const passed = (project: Scratch, settings: JsonObject, name = "settings.json"): string => {
  fs.writeFileSync(project.beside(name), JSON.stringify(settings))
  return project.beside(name)
}

describe.skipIf(skip)(`hooks of the real Claude Code${suffix}`, () => {
  it("tell each change after it is on disk, by whom, and what was there before", async () => {
    using project = withAgent()
    await using endpoint = await startEndpoint()
    const [file, notebook] = [project.path(".claude", "agents", "new.md"), project.path("n.ipynb")]
    project.write("n.ipynb", '{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}')
    const inodes: Array<number> = []
    const script: ReadonlyArray<Turn> = [
      [use("Write", { file_path: file, content: "one\n" })],
      () => {
        inodes.push(fs.statSync(file).ino)
        return [use("Edit", { file_path: file, old_string: "one", new_string: "two" })]
      },
      () => {
        inodes.push(fs.statSync(file).ino)
        return [use("Write", { file_path: file, content: "three\n" })]
      },
      [use("Read", { file_path: notebook })],
      [use("NotebookEdit", { notebook_path: notebook, new_source: "1", cell_type: "code", edit_mode: "insert" })],
      [use("Bash", { command: 'echo "$CLAUDE_CODE_SESSION_ID" >> .claude/agents/helper.md; exit 3' })],
      [subAgent("helper", [[use("Write", { file_path: project.path("by-helper.txt"), content: "sub\n" })], "said"])],
      "all done"
    ]
    await using model = await startModel(script, { trusted: [project.project] })
    const settings = `--settings=${passed(project, hooksTo(`${endpoint.url}/here`))}`
    const args = [settings, `--session-id=${sessionId}`, "-p", "go", "--dangerously-skip-permissions"]
    const run = await runProgram(program, args, { cwd: project.project, env: model.env })
    assert.deepStrictEqual([run.code, run.stdout, run.stderr], [0, "all done\n", ""])
    assert.strictEqual(model.left(), 0)
    // SessionStart takes hooks of type command only.
    assert.deepStrictEqual(endpoint.posted.map(eventOf), [
      "PostToolUse Write",
      "PostToolUse Edit",
      "PostToolUse Write",
      "PostToolUse Read",
      "PostToolUse NotebookEdit",
      "PostToolUseFailure Bash",
      "SubagentStart",
      "PostToolUse Write",
      "SubagentStop",
      "PostToolUse Agent",
      "SessionEnd"
    ])
    for (const { path, method, type, token, body } of endpoint.posted) {
      assert.deepStrictEqual([path, method, type, token], ["/here", "POST", "application/json", "canary"])
      assert.strictEqual(body["session_id"], sessionId)
      assert.strictEqual(body["cwd"], project.project)
      assert.match(str(body["transcript_path"]), new RegExp(`${sessionId}\\.jsonl$`))
    }
    const [create, edit, update, , book, failed, start, bySub, stop, , end] = endpoint.posted
    const answerOf = (posted: Posted | undefined) => posted?.body["tool_response"]
    assert.deepStrictEqual(create?.body["tool_input"], { file_path: file, content: "one\n" })
    assert.match(str(create?.body["tool_use_id"]), /^toolu_/)
    assert.deepStrictEqual(answerOf(create), {
      type: "create",
      filePath: file,
      content: "one\n",
      structuredPatch: [],
      originalFile: null,
      userModified: false
    })
    assert.strictEqual(field(answerOf(edit), "originalFile"), "one\n")
    assert.strictEqual(field(answerOf(update), "type"), "update")
    assert.strictEqual(field(answerOf(update), "originalFile"), "two\n")
    assert.deepStrictEqual(field(answerOf(update), "structuredPatch"), [
      { oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines: ["-two", "+three"] }
    ])
    assert.deepStrictEqual(
      [create?.disk, edit?.disk, update?.disk, bySub?.disk],
      ["one\n", "two\n", "three\n", "sub\n"]
    )
    // A write is a rename of a temporary file beside it: each has an inode of its own.
    inodes.push(fs.statSync(file).ino)
    assert.notStrictEqual(inodes[0], inodes[1])
    assert.notStrictEqual(inodes[1], inodes[2])
    assert.strictEqual(field(book?.body, "tool_input", "notebook_path"), notebook)
    assert.isString(field(answerOf(book), "original_file"))
    assert.match(str(failed?.body["error"]), /^Exit code 3/)
    assert.include(project.read(".claude", "agents", "helper.md"), sessionId)

    for (const { body } of endpoint.posted.slice(0, 6)) assert.notProperty(body, "agent_id")
    const agent = str(start?.body["agent_id"])
    assert.isNotEmpty(agent)
    for (const posted of [start, bySub, stop])
      assert.deepStrictEqual([posted?.body["agent_id"], posted?.body["agent_type"]], [agent, "helper"])
    assert.strictEqual(end?.body["reason"], "other")
  })

  it("run once from each source, and from the last --settings only", async () => {
    using project = withAgent()
    await using endpoint = await startEndpoint()
    const to = (name: string) => hooksTo(`${endpoint.url}/${name}`, ["PostToolUse"])
    const seen = async (args: ReadonlyArray<string>, options: ModelOptions = {}) => {
      endpoint.posted.length = 0
      const run = await writeOnce(project, args, options)
      assert.strictEqual(run.code, 0, run.stderr)
      return endpoint.posted.map((posted) => posted.path.slice(1)).sort()
    }
    const [one, two] = [passed(project, to("one"), "one.json"), passed(project, to("two"), "two.json")]
    assert.deepStrictEqual(await seen(["--settings", one], { settings: to("user") }), ["one", "user"])
    assert.deepStrictEqual(await seen(["--settings", one], { settings: to("one") }), ["one"])
    assert.deepStrictEqual(await seen(["--settings", one, `--settings=${two}`]), ["two"])
    assert.deepStrictEqual(await seen(["--settings", "../one.json"]), ["one"])
    assert.deepStrictEqual(await seen([`--settings=${JSON.stringify(to("inline"))}`]), ["inline"])
    project.write(".claude/settings.json", JSON.stringify(to("project")))
    assert.deepStrictEqual(await seen(["--settings", one]), ["one", "project"])
  })

  it("do not run where the settings are missing, broken, or switch them off", async () => {
    using project = withAgent()
    await using endpoint = await startEndpoint()
    const hooks = hooksTo(endpoint.url, ["PostToolUse"])
    const good = passed(project, hooks, "good.json")
    const missing = await writeOnce(project, ["--settings", project.beside("missing.json")])
    assert.strictEqual(missing.code, 1)
    assert.match(missing.stderr, /^Error: Settings file not found: /)
    fs.writeFileSync(project.beside("broken.json"), "{")
    const broken = await writeOnce(project, ["--settings", project.beside("broken.json")])
    assert.deepStrictEqual([broken.code, broken.stdout], [0, "all done\n"])
    assert.match(broken.stderr, /These settings did not load.*Invalid or malformed JSON/s)
    const off: ReadonlyArray<readonly [ReadonlyArray<string>, JsonObject]> = [
      [[], { disableAllHooks: true }],
      [[], { allowedHttpHookUrls: ["https://elsewhere.example/*"] }],
      [["--bare"], {}],
      [["--safe-mode"], {}]
    ]
    for (const [args, settings] of off) {
      const run = await writeOnce(project, [...args, "--settings", good], { settings })
      assert.deepStrictEqual([run.code, run.stdout, run.stderr], [0, "all done\n", ""])
    }
    assert.deepStrictEqual(endpoint.posted, [])
  })

  it("change nothing for the session where the endpoint fails, breaks off, talks or hangs", async () => {
    using project = withAgent()
    for (const answer of [
      (response: ServerResponse) => void response.writeHead(500).end("broken"),
      (response: ServerResponse) => void response.destroy(),
      (response: ServerResponse) => void response.end("not JSON"),
      () => undefined
    ]) {
      await using endpoint = await startEndpoint(answer)
      const settings = passed(project, hooksTo(endpoint.url, ["PreToolUse", "PostToolUse"]))
      const run = await writeOnce(project, ["--settings", settings])
      assert.deepStrictEqual([run.code, run.stdout, run.stderr], [0, "all done\n", ""])
      assert.match(run.result ?? "", /successfully/)
      assert.lengthOf(endpoint.posted, 2)
    }
  })

  it("go through a proxy of the environment, but for the addresses of NO_PROXY", async () => {
    using project = withAgent()
    await using endpoint = await startEndpoint()
    const tunnels: Array<string> = []
    const proxy = createServer((_, response) => response.writeHead(502).end())
    proxy.on("connect", (request, socket) => {
      tunnels.push(request.url ?? "")
      const target = connect(endpoint.port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n")
        socket.pipe(target)
        target.pipe(socket)
      })
      for (const end of [target, socket]) end.on("error", () => end.destroy())
    })
    await once(proxy.listen(0, "127.0.0.1"), "listening")
    try {
      const address = proxy.address()
      const port = typeof address === "object" ? (address?.port ?? 0) : 0
      const settings = `--settings=${JSON.stringify(hooksTo(endpoint.url, ["PostToolUse"]))}`
      for (const [exempt, through] of [
        // The model listens on 127.0.0.1 too, so the hook's own port is what tells them apart.
        ["127.0.0.1", []],
        ["localhost", [`127.0.0.1:${endpoint.port}`]]
      ] as const) {
        tunnels.length = 0
        endpoint.posted.length = 0
        const env = { HTTP_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: exempt }
        const write = use("Write", { file_path: project.path("written.txt"), content: "text" })
        await using model = await startModel([[write], "all done"], { trusted: [project.project] })
        const base = (model.env["ANTHROPIC_BASE_URL"] ?? "").replace("127.0.0.1", exempt)
        await runProgram(program, [settings, "-p", "go", "--dangerously-skip-permissions"], {
          cwd: project.project,
          env: { ...model.env, ...env, ANTHROPIC_BASE_URL: base }
        })
        assert.lengthOf(endpoint.posted, 1)
        assert.deepStrictEqual(tunnels, [...through])
      }
    } finally {
      proxy.closeAllConnections()
      proxy.close()
    }
  })

  it("tell the session's id, which may be chosen for a new session or a fork, and no other", async () => {
    using project = withAgent()
    await using endpoint = await startEndpoint()
    await using model = await startModel([], { trusted: [project.project] })
    const other = "11111111-2222-4333-8444-666666666666"
    const settings = `--settings=${JSON.stringify(hooksTo(endpoint.url, ["Stop"]))}`
    const start = (...args: ReadonlyArray<string>) =>
      runProgram(program, [settings, ...args, "-p", "go"], { cwd: project.project, env: model.env })
    assert.strictEqual((await start("--session-id", sessionId)).code, 0)
    const again = await start(`--session-id=${sessionId}`)
    assert.deepStrictEqual([again.code, again.stderr], [1, `Error: Session ID ${sessionId} is already in use.\n`])
    assert.strictEqual((await start("--resume", sessionId)).code, 0)
    const both = await start("--continue", `--session-id=${other}`)
    assert.deepStrictEqual(
      [both.code, both.stderr],
      [1, "Error: --session-id with --continue or --resume also needs --fork-session.\n"]
    )
    assert.strictEqual((await start("--continue", "--fork-session", `--session-id=${other}`)).code, 0)
    const invalid = await start("--session-id=nonsense")
    assert.deepStrictEqual([invalid.code, invalid.stderr], [1, "Error: Invalid session ID. Must be a valid UUID.\n"])
    assert.deepStrictEqual(
      endpoint.posted.map((posted) => posted.body["session_id"]),
      [sessionId, sessionId, other]
    )
  })
})

describe.skipIf(terminal.skip)(`hooks of Claude Code in a terminal${terminal.suffix}`, () => {
  it("arrive as they do with -p, also through crewkit; /clear begins a session with another id", async () => {
    using project = scratch()
    await using endpoint = await startEndpoint()
    registryWith(project.beside("registry"), { "agents/helper.md": agentText("helper") })
    await project.crewkit(["init", "acme", "web", "--registry", "../registry"])
    const file = project.path(".claude", "agents", "new.md")
    const script: ReadonlyArray<Turn> = [
      [use("Write", { file_path: file, content: "one\n" })],
      [subAgent("helper", [[use("Write", { file_path: project.path("sub.txt"), content: "sub\n" })], "said"])],
      "first is finished",
      [use("Edit", { file_path: file, old_string: "one", new_string: "two" })],
      "second is finished"
    ]
    await using model = await startModel(script, { trusted: [project.project] })
    const settings = passed(project, hooksTo(endpoint.url))
    const theirs = ["--settings", settings, `--session-id=${sessionId}`, "--dangerously-skip-permissions"]
    await using screen = await openTerminal(node, [launcher, "code", "--", ...theirs], {
      cwd: project.project,
      env: { ...model.env, CLAUDE_PATH: program }
    })
    await screen.shows("❯")
    await screen.submit("please start")
    await screen.shows("first is finished")
    await screen.submit("/clear")
    await screen.shows(/^❯\s*$/m)
    await screen.submit("once more")
    await screen.shows("second is finished")
    await screen.press("C-d")
    await screen.shows("Press Ctrl-D again to exit")
    await screen.press("C-d")
    assert.strictEqual(await screen.exit(), 0)
    assert.notMatch(await screen.history(), /hook failed/)
    assert.deepStrictEqual(endpoint.posted.map(eventOf), [
      "PostToolUse Write",
      "SubagentStart",
      "PostToolUse Write",
      "SubagentStop",
      "PostToolUse Agent",
      "SessionEnd",
      "PostToolUse Edit",
      "SessionEnd"
    ])
    const ids = endpoint.posted.map((posted) => posted.body["session_id"])
    assert.deepStrictEqual(new Set(ids.slice(0, 6)), new Set([sessionId]))
    assert.notStrictEqual(ids[6], sessionId)
    assert.strictEqual(ids[6], ids[7])
    const [, , bySub, , , cleared, , left] = endpoint.posted
    assert.strictEqual(bySub?.body["agent_type"], "helper")
    assert.deepStrictEqual([cleared?.body["reason"], left?.body["reason"]], ["clear", "prompt_input_exit"])
    assert.strictEqual(fs.readFileSync(file, "utf8"), "two\n")
  })

  it("are told on the screen, and disturb nothing, where the endpoint is gone", async () => {
    using project = withAgent()
    const script = [[use("Write", { file_path: project.path("x.txt"), content: "x" })], "all done"]
    await using model = await startModel(script, { trusted: [project.project] })
    const settings = `--settings=${JSON.stringify(hooksTo("http://127.0.0.1:9/gone", ["PostToolUse"]))}`
    await using screen = await openTerminal(program, [settings, "--dangerously-skip-permissions"], {
      cwd: project.project,
      env: model.env
    })
    await screen.shows("❯")
    await screen.submit("please start")
    assert.match(await screen.shows("all done"), /PostToolUse:Write hook failed\s+connect ECONNREFUSED/)
    await screen.submit("/exit")
    assert.strictEqual(await screen.exit(), 0)
  })
})
