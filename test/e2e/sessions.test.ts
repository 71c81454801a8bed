/** What `crewkit code` records, with the real Claude Code, a scripted model, and people who edit meanwhile. */
import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { join } from "node:path"
import { type AnyRecord, decodeEvent, decodeRecord } from "../../src/domain/logRecord.ts"
import type { AgentChange, LogEvent } from "../../src/domain/logEvents.ts"
import { startModel, subAgent, type Turn, use } from "../support/modelServer.ts"
import { claude, skipUnless, tmux } from "../support/needs.ts"
import { agentText, launcher, node, registryWith, type Run, scratch, type Scratch } from "../support/program.ts"
import { openTerminal } from "../support/terminal.ts"

const { skip, suffix } = skipUnless([claude])
const terminal = skipUnless([claude, tmux])
const program = claude.path ?? ""
const allowed = "--dangerously-skip-permissions"

const withTeam = async (...agents: ReadonlyArray<string>): Promise<Scratch> => {
  const project = scratch()
  registryWith(
    project.beside("registry"),
    Object.fromEntries(agents.map((name) => [`agents/${name}.md`, agentText(name)]))
  )
  await project.crewkit(["init", "acme", "web", "--registry", "../registry"])
  assert.strictEqual((await project.crewkit(["sync"])).code, 0)
  return project
}

const agent = (project: Scratch, name: string): string => project.path(".claude", "agents", `${name}.md`)

/** Claude Code edits only what it has read. */
const edits = (project: Scratch, name: string): ReadonlyArray<Turn> => [
  [use("Read", { file_path: agent(project, name) })],
  [use("Edit", { file_path: agent(project, name), old_string: `You are ${name}.`, new_string: "You are another." })]
]

const folderOf = (project: Scratch): string => project.path(".crewkit", "sessions")

/** Records of the newest session of a kind, from its segment. */
const recordsOf = (project: Scratch, kind = "code"): ReadonlyArray<AnyRecord> => {
  const sessions = fs
    .readdirSync(folderOf(project))
    .filter((name) => name.endsWith(".0001.jsonl"))
    .map((name) =>
      fs
        .readFileSync(join(folderOf(project), name), "utf8")
        .trimEnd()
        .split("\n")
    )
    .map((lines) => lines.map((line) => Option.getOrThrow(decodeRecord(line))))
    .filter(([first]) => Object(first?.data).kind === kind)
    .sort((a, b) => ((a[0]?.time ?? "") < (b[0]?.time ?? "") ? -1 : 1))
  return sessions.at(-1) ?? assert.fail(`no session of kind ${kind}`)
}

const isChange = (event: LogEvent): event is LogEvent & { readonly data: AgentChange } =>
  event.type.startsWith("io.crewkit.agent.")

const changesIn = (records: ReadonlyArray<AnyRecord>) =>
  records
    .map((record) => Option.getOrThrow(decodeEvent(record)))
    .filter(isChange)
    .map(({ data, type }) => ({ type: type.replace("io.crewkit.agent.", ""), ...data }))

const typesIn = (records: ReadonlyArray<AnyRecord>): ReadonlyArray<string> =>
  records.map(({ type }) => type.replace("io.crewkit.", ""))

const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex")

/** Every content that is kept, by its hash. */
const keptIn = (project: Scratch): ReadonlySet<string> => {
  const folder = project.path(".crewkit", "objects")
  const kept = new Set<string>()
  for (const name of fs.readdirSync(folder)) {
    const pack = fs.readFileSync(join(folder, name))
    const end = pack.indexOf(0x0a)
    let offset = end + 1
    for (const [hash, length] of JSON.parse(pack.toString("utf8", 0, end))) {
      assert.strictEqual(sha256(pack.subarray(offset, offset + length)), hash)
      kept.add(hash)
      offset += length
    }
  }
  return kept
}

/** One run in print mode against a scripted model. */
const code = async (
  project: Scratch,
  turns: ReadonlyArray<Turn>,
  ours: ReadonlyArray<string> = [],
  theirs: ReadonlyArray<string> = [],
  env: Record<string, string> = {}
): Promise<Run> => {
  await using model = await startModel(turns, { trusted: [project.project] })
  const run = await project.crewkit(["code", ...ours, "-p", "go", "--", allowed, ...theirs], {
    ...model.env,
    CLAUDE_PATH: program,
    ...env
  })
  assert.strictEqual(model.left(), 0, run.stderr)
  return run
}

describe.skipIf(skip)(`what crewkit code records${suffix}`, () => {
  it("is every change of an agent, with both versions and by whom", async () => {
    using project = await withTeam("reviewer", "tester", "writer")
    const before = fs.readFileSync(agent(project, "reviewer"), "utf8")
    const run = await code(project, [
      ...edits(project, "reviewer"),
      [use("Write", { file_path: agent(project, "fresh"), content: "---\nname: fresh\ndescription: d\n---\nHi\n" })],
      [use("Bash", { command: `rm ${JSON.stringify(agent(project, "tester"))}; sleep 0.5` })],
      [
        subAgent("writer", [
          [use("Read", { file_path: agent(project, "writer") })],
          [
            use("Edit", {
              file_path: agent(project, "writer"),
              old_string: "You are writer.",
              new_string: "You are another."
            })
          ],
          "said"
        ])
      ],
      "all done"
    ])
    assert.deepStrictEqual([run.code, run.stdout], [0, "all done\n"])
    const records = recordsOf(project)
    const changes = changesIn(records)
    assert.deepStrictEqual(
      changes.map(({ agent: name, by, type }) => [
        type,
        name,
        by.kind,
        by["gen_ai.tool.name"],
        by["gen_ai.agent.name"]
      ]),
      [
        ["edited", "reviewer", "claude", "Edit", undefined],
        ["created", "fresh", "claude", "Write", undefined],
        ["deleted", "tester", "claude", "Bash", undefined],
        ["edited", "writer", "claude", "Edit", "writer"]
      ]
    )
    const [edited, created, deleted] = changes
    assert.strictEqual(edited?.before?.sha256, sha256(before))
    assert.strictEqual(edited?.after?.sha256, sha256(fs.readFileSync(agent(project, "reviewer"))))
    assert.strictEqual(edited?.after?.size, fs.statSync(agent(project, "reviewer")).size)
    assert.deepStrictEqual([edited?.added, edited?.removed], [1, 1])
    assert.strictEqual(edited?.by.evidence, "path")
    assert.deepStrictEqual([created?.added, created?.removed, created?.before], [5, 0, undefined])
    assert.strictEqual(deleted?.by.evidence, "while-running")
    const conversation = edited?.by["gen_ai.conversation.id"]
    assert.match(conversation ?? "", /^[0-9a-f-]{36}$/)
    const kept = keptIn(project)
    for (const { after, before: former } of changes) {
      for (const version of [former, after]) if (version !== undefined) assert.isTrue(kept.has(version.sha256))
    }
    assert.deepStrictEqual(
      typesIn(records).filter((type) => !type.startsWith("agent.")),
      ["session.started", "sync.applied", "subagent.started", "subagent.stopped", "session.ended", "log.sealed"]
    )
    const started = Object(records[0]?.data)
    assert.deepInclude(started, { kind: "code", hooks: true, sensitive: false, org: "acme", project: "web" })
    assert.deepInclude(started.claude, { "gen_ai.conversation.id": conversation })
    assert.match(started.claude.version, /^\d+\.\d+\.\d+/)
    assert.lengthOf(started.agents, 3)
    assert.match(started.agents[0].version, /./)
    assert.deepInclude(Object(records.at(-2)?.data), { outcome: "success", exit_code: 0, changes: 4 })
    // The screen after it.
    assert.match(run.stderr, /4 changes to agents in this session/)
    assert.match(run.stderr, /edited {3}reviewer +\+1 -1 +Claude Code, Edit\n/)
    const undo = /crewkit (backups restore reviewer [0-9a-f]{12})/.exec(run.stderr)?.[1] ?? assert.fail(run.stderr)
    const undone = await project.crewkit(undo.split(" "))
    assert.strictEqual(undone.code, 0, undone.stderr)
    assert.strictEqual(fs.readFileSync(agent(project, "reviewer"), "utf8"), before)
    assert.deepStrictEqual(
      changesIn(recordsOf(project, "restore")).map(({ agent: name, type }) => [type, name]),
      [["restored", "reviewer"]]
    )
    // No file of the user or of the project was touched for the hooks, and nothing is left of them.
    assert.isFalse(fs.existsSync(project.path(".claude", "settings.json")))
    assert.isFalse(fs.existsSync(project.path(".claude", "settings.local.json")))
    assert.deepStrictEqual(
      fs.readdirSync(folderOf(project)).filter((name) => !/\.jsonl$|^ledger\.lock$/.test(name)),
      []
    )
  })

  it("is what somebody else does meanwhile, and what was done between two sessions", async () => {
    using project = await withTeam("reviewer", "tester")
    fs.appendFileSync(agent(project, "tester"), "between\n")
    // What fails in a turn fails only the model's answer, which Claude Code asks for again.
    let noticed = false
    const run = await code(
      project,
      [
        async () => {
          fs.appendFileSync(agent(project, "reviewer"), "meanwhile\n")
          await until(() => changesIn(recordsOf(project)).length === 2)
          noticed = true
          return "all done"
        }
      ],
      ["--keep-local"]
    )
    assert.strictEqual(run.code, 0, run.stderr)
    assert.isTrue(noticed, "the edit is in the log while Claude Code runs, not only at the end")
    assert.deepStrictEqual(
      changesIn(recordsOf(project)).map(({ agent: name, by, type }) => [type, name, by]),
      [
        ["edited", "tester", { kind: "outside", before_session: true }],
        ["edited", "reviewer", { kind: "outside" }]
      ]
    )
    assert.match(run.stderr, /1 change to agents in this session/)
    assert.match(run.stderr, /another program/)
  })

  it("says unknown where hooks are switched off, and loses nothing", async () => {
    using project = await withTeam("reviewer")
    const run = await code(
      project,
      [...edits(project, "reviewer"), "all done"],
      [],
      ["--settings", '{"disableAllHooks":true}']
    )
    assert.strictEqual(run.code, 0, run.stderr)
    const records = recordsOf(project)
    assert.isFalse(Object(records[0]?.data).hooks)
    assert.deepStrictEqual(
      changesIn(records).map(({ agent: name, by, type }) => [type, name, by]),
      [["edited", "reviewer", { kind: "unknown" }]]
    )
  })

  it("keeps no content with --sensitive, and looks only at start and end with --no-watch", async () => {
    using project = await withTeam("reviewer")
    const canary = "canary-7f3a"
    const run = await code(
      project,
      [
        [
          use("Write", {
            file_path: agent(project, "secret"),
            content: `---\nname: s\ndescription: d\n---\n${canary}\n`
          })
        ],
        [use("Bash", { command: "echo '# more' >> .agent/config.yml" })],
        "all done"
      ],
      ["--sensitive", "--no-watch"]
    )
    assert.strictEqual(run.code, 0, run.stderr)
    const config = recordsOf(project).find(({ type }) => type === "io.crewkit.config.changed")
    assert.strictEqual(config?.subject, ".agent/config.yml")
    assert.strictEqual(Object(config?.data).after.sha256, sha256(fs.readFileSync(project.path(".agent", "config.yml"))))
    const [change] = changesIn(recordsOf(project))
    assert.deepInclude(change, { type: "created", agent: "secret", added: 5, removed: 0 })
    assert.strictEqual(change?.by["gen_ai.tool.name"], "Write")
    const kept = keptIn(project)
    assert.isFalse(kept.has(change?.after?.sha256 ?? ""))
    for (const name of fs.readdirSync(folderOf(project))) {
      assert.notInclude(fs.readFileSync(join(folderOf(project), name), "utf8"), canary)
    }
    assert.notInclude(run.stderr, canary)
  })

  it("merges its hooks with settings that the person passes", async () => {
    using project = await withTeam("reviewer")
    fs.writeFileSync(
      project.beside("mine.json"),
      JSON.stringify({
        env: { MINE: "yes" },
        hooks: { PostToolUse: [{ hooks: [{ type: "command", command: `touch "${project.beside("ran")}-$MINE"` }] }] }
      })
    )
    const run = await code(project, [...edits(project, "reviewer"), "all done"], [], ["--settings", "../mine.json"])
    assert.strictEqual(run.code, 0, run.stderr)
    assert.isTrue(fs.existsSync(`${project.beside("ran")}-yes`), "the person's own hook ran")
    assert.strictEqual(changesIn(recordsOf(project))[0]?.by.kind, "claude")
  })

  it("hears hooks directly where a proxy is set", async () => {
    using project = await withTeam("reviewer")
    const env = { HTTP_PROXY: "http://127.0.0.1:9", NO_PROXY: "example.com" }
    const run = await code(project, [...edits(project, "reviewer"), "all done"], [], [], env)
    assert.strictEqual(run.code, 0, run.stderr)
    assert.strictEqual(changesIn(recordsOf(project))[0]?.by.kind, "claude")
  })

  it("has the exit code, and goes on without a log where none can be written", async () => {
    using project = await withTeam("reviewer")
    const failing = await project.crewkit(["code", "--", "-p", "x", "--session-id=nonsense"], { CLAUDE_PATH: program })
    assert.strictEqual(failing.code, 1)
    assert.deepInclude(Object(recordsOf(project).at(-2)?.data), { outcome: "failure", exit_code: 1 })
    fs.rmSync(folderOf(project), { recursive: true })
    fs.writeFileSync(folderOf(project), "in the way")
    const run = await code(project, ["all done"])
    assert.deepStrictEqual([run.code, run.stdout], [0, "all done\n"])
    assert.match(run.stderr, /this session is not recorded: /)
  })
})

/** Looked at often, for five seconds. */
const until = async (holds: () => boolean): Promise<void> => {
  const end = performance.now() + 5000
  while (!holds()) {
    if (performance.now() > end) assert.fail("it did not come to pass in five seconds")
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe.skipIf(terminal.skip)(`crewkit code in a terminal${terminal.suffix}`, () => {
  it("prints nothing over Claude Code, and one screen after it", async () => {
    using project = await withTeam("reviewer")
    const script: ReadonlyArray<Turn> = [...edits(project, "reviewer"), "work is finished"]
    await using model = await startModel(script, { trusted: [project.project] })
    await using screen = await openTerminal(node, [launcher, "code", "--", allowed], {
      cwd: project.project,
      env: { ...model.env, CLAUDE_PATH: program }
    })
    await screen.shows("❯")
    await screen.submit("please start")
    const during = await screen.shows("work is finished")
    assert.notInclude(during, "changes to agents")
    await screen.submit("/exit")
    assert.strictEqual(await screen.exit(), 0)
    const after = await screen.history()
    assert.include(after, "1 change to agents in this session")
    assert.match(after, /edited +reviewer +\+1 -1 +Claude Code, Edit/)
    const records = recordsOf(project)
    assert.strictEqual(changesIn(records)[0]?.by.kind, "claude")
    assert.deepInclude(Object(records.at(-2)?.data), { outcome: "success", exit_code: 0, changes: 1 })
  })

  it("is cut off by kill -9, and the next session completes the record", async () => {
    using project = await withTeam("reviewer")
    await using model = await startModel([], { trusted: [project.project] })
    await using screen = await openTerminal(node, [launcher, "code", "--", allowed], {
      cwd: project.project,
      env: { ...model.env, CLAUDE_PATH: program }
    })
    await screen.shows("❯")
    process.kill(screen.pid, "SIGKILL")
    fs.appendFileSync(agent(project, "reviewer"), "after the crash\n")
    const run = await code(project, ["all done"], ["--keep-local"])
    assert.strictEqual(run.code, 0, run.stderr)
    const ledger = fs.readFileSync(join(folderOf(project), "ledger.jsonl"), "utf8")
    assert.match(ledger, /"outcome":"abandoned","recovered":true/)
    assert.deepStrictEqual(
      changesIn(recordsOf(project)).map(({ by }) => by),
      [{ kind: "outside", before_session: true }]
    )
    assert.deepStrictEqual(
      fs.readdirSync(folderOf(project)).filter((name) => /open$|settings/.test(name)),
      []
    )
  })
})
