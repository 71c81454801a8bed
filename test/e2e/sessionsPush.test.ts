/** `crewkit sessions push`, the built program against a registry that takes sessions. */
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { editOf, ended, keepContents, recordSession, startedAs } from "../support/recordedSessions.ts"
import { documentOf, registryWith, type Run, scratch, type Scratch } from "../support/program.ts"
import { startTakingRegistry, type TakingRegistry } from "../support/takingRegistry.ts"

const configOf = (registry: string, capture: string): string =>
  `org: acme\nproject: web\nregistry: ${registry}\nsessions:\n  capture: ${capture}\n`

describe("crewkit sessions push", () => {
  let registry: TakingRegistry
  let project: Scratch
  beforeAll(async () => {
    registry = await startTakingRegistry()
  })
  afterAll(() => registry[Symbol.asyncDispose]())
  beforeEach(() => {
    registry.taken.length = 0
    registry.raw.length = 0
    registry.trouble = () => undefined
    project = scratch()
    project.write(".agent/config.yml", configOf(registry.origin, "metadata"))
  })
  afterEach(() => project[Symbol.dispose]())

  const push = (args: ReadonlyArray<string> = [], env: Record<string, string> = {}): Promise<Run> =>
    project.crewkit(["sessions", "push", "--yes", ...args], { CREWKIT_TOKEN: "a-token", ...env })

  it("tells the registry of sessions, changes and ends, in order, and once", async () => {
    const id = recordSession(project.project, startedAs(registry.origin), [
      editOf("alpha", "one", "two"),
      { type: "io.crewkit.subagent.started", data: { "gen_ai.agent.name": "alpha" } },
      editOf("beta", "one", "two"),
      ended
    ])
    const run = await push(["--json"])
    assert.strictEqual(run.code, 0, run.stdout + run.stderr)
    assert.deepStrictEqual(documentOf(run).data, {
      registry: registry.origin,
      sessions: 1,
      modifications: 2,
      ends: 1,
      waiting: 0,
      elsewhere: 0,
      parked: 0,
      refusals: []
    })
    assert.deepStrictEqual(
      registry.taken.map(({ key }) => key),
      [`${id}/create`, `${id}/1`, `${id}/3`, `${id}/end`]
    )
    const [create, first, , end] = registry.taken
    assert.strictEqual(create?.body["project_slug"], "web")
    assert.strictEqual(first?.session, create?.session)
    assert.deepInclude(first?.body, {
      file_path: ".claude/agents/alpha.md",
      change_type: "edit",
      attribution: "claude, tool Edit"
    })
    assert.strictEqual(end?.body["outcome"], "success")
    assert.strictEqual(fs.statSync(project.path(".crewkit", "outbox.json")).mode & 0o777, 0o600)
    const again = await push()
    assert.strictEqual(again.stdout, `✓ ${registry.origin} knows everything\n`)
    assert.lengthOf(registry.taken, 4)
  })

  it("goes on where a session goes on, and begins again without the outbox, all of it known by its keys", async () => {
    const { origin } = registry
    recordSession(project.project, startedAs(origin), [editOf("alpha", "one", "two")])
    assert.strictEqual((await push()).code, 0)
    assert.lengthOf(registry.taken, 2)
    for (const text of ["{", '{"version":1,"sessions":{},"more":1}', ""]) {
      project.write(".crewkit/outbox.json", text)
      assert.strictEqual((await push()).code, 0)
    }
    assert.lengthOf(registry.taken, 2)
    assert.lengthOf(registry.raw, 8)
  })

  it("parks what is refused, with the reason, tells the rest, and exits 1; --retry-parked asks once more", async () => {
    const { origin } = registry
    const events = ["alpha", "beta", "gamma"].map((agent) => editOf(agent, "one", "two"))
    const id = recordSession(project.project, startedAs(origin), [...events, editOf("team/Odd Name", "a", "b"), ended])
    registry.trouble = ({ agent }) => (agent === "beta" ? { status: 422 } : undefined)
    const run = await push()
    assert.strictEqual(run.code, 1)
    assert.include(run.stdout, `${id.slice(0, 8)} record 2  422: status 422`)
    assert.match(run.stdout, /record 4 {2}the file's name is no agent's name/)
    assert.match(run.stderr, /2 events parked.*\n.*--retry-parked/)
    assert.deepStrictEqual(
      registry.taken.map(({ agent, kind }) => agent ?? kind),
      ["create", "alpha", "gamma", "end"]
    )
    registry.trouble = () => undefined
    assert.strictEqual((await push()).code, 1)
    assert.lengthOf(registry.taken, 4)
    const retried = documentOf(await push(["--retry-parked", "--json"]))
    assert.deepInclude(retried.error?.details, { modifications: 1, parked: 1, waiting: 0 })
    assert.strictEqual(registry.taken.at(-1)?.agent, "beta")
    assert.lengthOf(registry.taken, 5)
  })

  it("parks a session that is refused, tells the others, and makes it with --retry-parked", async () => {
    const { origin } = registry
    const [one, two] = [1, 2].map(() =>
      recordSession(project.project, startedAs(origin), [editOf("alpha", "one", "two"), ended])
    )
    registry.trouble = ({ key }) => (key === `${one}/create` ? { status: 403 } : undefined)
    assert.strictEqual((await push()).code, 1)
    assert.deepStrictEqual(
      registry.taken.map(({ key }) => key),
      [`${two}/create`, `${two}/1`, `${two}/end`]
    )
    registry.trouble = () => undefined
    assert.strictEqual((await push(["--retry-parked"])).code, 0)
    assert.lengthOf(registry.taken, 6)
  })

  it("sends no content with metadata, nor of a sensitive session; with full it does", async () => {
    const { origin } = registry
    const [before, after] = ["canary-before", "canary-after"]
    keepContents(project.project, [before, after])
    const edit = editOf("alpha", before, after)
    project.write(".agent/config.yml", configOf(origin, "full"))
    recordSession(project.project, startedAs(origin), [edit, ended])
    recordSession(project.project, startedAs(origin, { capture: "full", sensitive: true }), [edit, ended])
    assert.strictEqual((await push()).code, 0)
    assert.lengthOf(registry.taken, 6)
    assert.notInclude(registry.raw.join("\n"), "canary")
    recordSession(project.project, startedAs(origin, { capture: "full" }), [edit, editOf("beta", "gone", after), ended])
    // What the project allows now counts as well.
    project.write(".agent/config.yml", configOf(origin, "metadata"))
    assert.strictEqual((await push()).code, 0)
    assert.notInclude(registry.raw.join("\n"), "canary")
    recordSession(project.project, startedAs(origin, { capture: "full" }), [edit, editOf("beta", "gone", after), ended])
    project.write(".agent/config.yml", configOf(origin, "full"))
    assert.strictEqual((await push()).code, 0)
    const [full, dropped] = registry.taken.slice(-3)
    assert.deepInclude(full?.body, { content_before: before, content_after: after })
    assert.strictEqual(dropped?.body["content_after"], after)
    assert.notProperty(dropped?.body, "content_before")
    assert.property(dropped?.body, "sha256_before")
  })

  it("sends nothing with none, nor of a session that was recorded with none", async () => {
    recordSession(project.project, startedAs(registry.origin, { capture: "none" }), [editOf("alpha", "1", "2"), ended])
    assert.strictEqual((await push()).stdout, `✓ ${registry.origin} knows everything\n`)
    recordSession(project.project, startedAs(registry.origin), [editOf("alpha", "1", "2"), ended])
    project.write(".agent/config.yml", configOf(registry.origin, "none"))
    const run = await push()
    assert.strictEqual(run.code, 0)
    assert.match(run.stdout, /sessions\.capture is none/)
    assert.lengthOf(registry.raw, 0)
  })

  it("does not lose a change whose content was held back after its answer was lost", async () => {
    const { origin } = registry
    project.write(".agent/config.yml", configOf(origin, "full"))
    keepContents(project.project, ["before", "after"])
    recordSession(project.project, startedAs(origin, { capture: "full" }), [editOf("alpha", "before", "after"), ended])
    let lost = 0
    registry.trouble = ({ kind }) => (kind === "modify" && ++lost > 0 ? "unanswered" : undefined)
    assert.strictEqual((await push()).code, 5)
    registry.trouble = () => undefined
    project.write(".agent/config.yml", configOf(origin, "metadata"))
    assert.strictEqual((await push()).code, 0)
    assert.deepStrictEqual(
      registry.taken.map(({ kind }) => kind),
      ["create", "modify", "end"]
    )
  })

  it("leaves what was recorded for another registry alone", async () => {
    recordSession(project.project, startedAs("https://other.example"), [editOf("alpha", "1", "2"), ended])
    recordSession(project.project, startedAs("folder"), [editOf("alpha", "1", "2"), ended])
    const run = await push(["--json"])
    assert.deepInclude(documentOf(run).data, { elsewhere: 1, waiting: 0 })
    assert.lengthOf(registry.raw, 0)
  })

  it("says that a folder has no sessions, and that a registry takes none", async () => {
    recordSession(project.project, startedAs(registry.origin), [editOf("alpha", "1", "2"), ended])
    registry.trouble = () => ({ status: 404 })
    const run = await push()
    assert.strictEqual(run.code, 0, run.stderr)
    assert.match(run.stdout, /this registry does not take sessions.*\n3 events wait/)
    assert.lengthOf(registry.raw, 1)
    registryWith(project.beside("folder"), { "agents/.keep": "" })
    project.write(".agent/config.yml", configOf("../folder", "full"))
    assert.match((await push()).stdout, /the registry is a folder, which has no sessions/)
  })

  it("is asked by a prune what the registry has not heard, and drops what is gone", async () => {
    recordSession(project.project, startedAs(registry.origin), [editOf("alpha", "1", "2"), ended])
    assert.strictEqual((await push()).code, 0)
    const id = recordSession(project.project, startedAs(registry.origin), [editOf("alpha", "2", "3"), ended])
    const prune = (...args: ReadonlyArray<string>) => project.crewkit(["sessions", "prune", "--keep", "0", ...args])
    const dry = await prune("--dry-run")
    assert.match(dry.stderr, /the registry has not heard all of 1 session of these; crewkit sessions push/)
    assert.strictEqual((await prune("--yes")).code, 0)
    const deleted = project
      .read(".crewkit", "sessions", "ledger.jsonl")
      .split("\n")
      .filter((line) => line.includes("ledger.deleted"))
    assert.lengthOf(deleted, 2)
    assert.deepStrictEqual(
      deleted.map((line) => line.includes(id)),
      deleted.map((line) => line.includes("the registry has not heard all of it"))
    )
    assert.deepInclude(documentOf(await push(["--json"])).data, { waiting: 0, sessions: 0 })
    assert.lengthOf(registry.taken, 3)
  })

  it("exits 3 without a login or an approval, and 5 where the registry is down, with what waits", async () => {
    recordSession(project.project, startedAs(registry.origin), [editOf("alpha", "1", "2"), ended])
    const out = await push([], { CREWKIT_TOKEN: "another-token" })
    assert.strictEqual(out.code, 3, out.stderr)
    assert.match(out.stderr, /not logged in/)
    const unapproved = scratch()
    unapproved.write(".agent/config.yml", configOf(registry.origin, "metadata"))
    recordSession(unapproved.project, startedAs(registry.origin), [ended])
    const run = await unapproved.crewkit(["sessions", "push", "--no-input"], { CREWKIT_TOKEN: "a-token" })
    assert.strictEqual(run.code, 3)
    unapproved[Symbol.dispose]()
    await registry.down()
    const down = await push()
    await registry.up()
    assert.strictEqual(down.code, 5)
    assert.match(down.stderr, /3 events wait for .*nothing listens there/)
    assert.strictEqual((await push()).code, 0)
  })
})
