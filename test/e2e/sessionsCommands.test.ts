/** `crewkit sessions` as a person runs it: on a log made to order, on a real keychain, and the report in a browser. */
import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { chromium as playwright } from "playwright-core"
import type { AgentChange, LogEvent } from "../../src/domain/logEvents.ts"
import { newSigner } from "../fakes/LogKeysMemory.ts"
import { keychainNeeds, startKeychain } from "../support/keychain.ts"
import { makeLog, uuid } from "../support/logMaker.ts"
import { chromium, skipUnless } from "../support/needs.ts"
import { documentOf, examples, type Run, scratch, type Scratch } from "../support/program.ts"

const ok = (run: Run): Run => {
  assert.strictEqual(run.code, 0, run.stderr)
  return run
}

const hostile = `<img src=x onerror=alert(1)>"'&\u001b[31mred\u001b[0m\u202e`

const change = (agent: string, by: AgentChange["by"], added: number, removed: number): LogEvent => ({
  type: "io.crewkit.agent.edited",
  subject: `.claude/agents/${agent}.md`,
  data: {
    agent,
    before: { sha256: "a".repeat(64), size: 10 },
    after: { sha256: "b".repeat(64), size: 12 },
    added,
    removed,
    by
  }
})

const people = ["ada", "tomas", "noor", "kofi"]
const agents = ["code-reviewer", "debugger", "test-writer", "security-reviewer", "docs-writer", hostile, "=1+1"]
const makers: ReadonlyArray<AgentChange["by"]> = [
  { kind: "claude", "gen_ai.tool.name": "Edit", "gen_ai.agent.name": "refactoring-partner" },
  { kind: "outside" },
  { kind: "crewkit" },
  { kind: "unknown" }
]

/** Forty sessions over forty days, of four people. */
const busy = async (): Promise<Scratch> => {
  const project = scratch()
  ok(await project.crewkit(["init", "acme", "web-shop", "--registry", examples]))
  const folder = project.path(".crewkit", "sessions")
  const signer = newSigner("crewkit-session-log-test")
  for (let day = 0; day < 40; day++) {
    const from = Date.UTC(2026, 9, 1 + day, 8 + (day % 9))
    const log = makeLog({ folder, ledger: uuid("0"), signer, from })
    const login = people[(day * 7) % people.length] ?? "ada"
    const id = `${String(day).padStart(8, "0")}-0000-4000-8000-000000000000`
    const session = log.session(id, { login, kind: day % 5 === 0 ? "sync" : "code" })
    const count = (day * 13) % 7
    for (let index = 0; index < count; index++) {
      const agent = agents[(day * index) % agents.length] ?? "debugger"
      session.append(change(agent, makers[(day + index) % makers.length] ?? { kind: "outside" }, index + 1, index))
    }
    session.end(day % 6 === 5 ? "failure" : "success", count)
  }
  return project
}

describe("crewkit sessions", () => {
  it("says what to do next where nothing is recorded", async () => {
    using project = scratch()
    ok(await project.crewkit(["init", "acme", "web-shop", "--registry", examples]))
    for (const args of [["list"], ["report"], ["verify"]]) {
      assert.match(ok(await project.crewkit(["sessions", ...args])).stdout, /crewkit code starts/)
    }
    const unknown = await project.crewkit(["sessions", "show", "last"])
    assert.strictEqual(unknown.code, 1)
    assert.match(unknown.stderr, /try: crewkit sessions list/)
  })

  it("lists, pages and filters, within 40 columns", async () => {
    using project = await busy()
    const sessions = (...args: ReadonlyArray<string>) => project.crewkit(["sessions", "list", ...args])
    const list = ok(await sessions())
    assert.match(list.stdout, /^00000039 {2}2026-11-09 11:00Z {2}code\n {2}tomas, 1 min, 3 changes, success\n/)
    assert.match(list.stdout, /1 to 20 of 40 sessions\n {2}next {2}--page 2\n$/)
    assert.isAtMost(Math.max(...list.stdout.split("\n").map((line) => line.length)), 40)
    const count = async (...args: ReadonlyArray<string>) => {
      const { data } = documentOf(ok(await sessions(...args, "--json")))
      return Reflect.get(Object(data), "total")
    }
    assert.strictEqual(await count(), 40)
    assert.strictEqual(await count("--kind", "sync"), 8)
    assert.strictEqual(await count("--user", "noor"), 10)
    assert.strictEqual(await count("--since", "2026-10-10", "--until", "2026-10-11"), 2)
    assert.isAbove(Number(await count("--agent", "debugger")), 3)
    assert.strictEqual(await count("--agent", "nobody"), 0)
    assert.match(ok(await sessions("--agent", "nobody")).stdout, /none of 40 sessions fits/)
    assert.match(ok(await sessions("--page", "2")).stdout, /21 to 40 of 40/)
    for (const wrong of [
      ["--page", "3"],
      ["--limit", "0"],
      ["--since", "soon"]
    ]) {
      assert.strictEqual((await sessions(...wrong)).code, 2, wrong.join(" "))
    }
  })

  it("shows who changed what, and the lines where the contents are kept", async () => {
    using project = scratch()
    ok(await project.crewkit(["init", "acme", "web-shop", "--registry", examples]))
    ok(await project.crewkit(["sync"]))
    fs.appendFileSync(project.path(".claude", "agents", "debugger.md"), "one more line\n")
    ok(await project.crewkit(["sync", "--yes"]))
    const show = ok(await project.crewkit(["sessions", "show", "last", "--diff"])).stdout
    assert.match(show, /debugger {2}edited {2}.*\n.*by another program, before the session\n[^]*one more line\n/)
    assert.match(show, /debugger {2}edited {2}\+0 -1\n.*by crewkit\n {4}backup {2}\.claude\/\.backups\/debugger\//)
    fs.rmSync(project.path(".crewkit", "objects"), { recursive: true })
    const without = ok(await project.crewkit(["sessions", "show", "last", "--diff"])).stdout
    assert.match(without, /no diff: neither content is kept in \.crewkit\/objects/)
    const { data } = documentOf(ok(await project.crewkit(["sessions", "show", "last", "--json"])))
    assert.strictEqual(Reflect.get(Object(data), "changes").length, 2)
  })

  it("exports JSON Lines, OTLP and CSV that no spreadsheet runs", async () => {
    using project = await busy()
    const records = (text: string) =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    const lines = records(ok(await project.crewkit(["sessions", "export"])).stdout)
    assert.strictEqual(lines[0].type, "io.crewkit.session.started")
    const otlp = records(ok(await project.crewkit(["sessions", "export", "--format", "otlp"])).stdout)
    const logs = otlp.flatMap(({ resourceLogs }) => resourceLogs[0].scopeLogs[0].logRecords)
    assert.strictEqual(logs.length, lines.length)
    assert.match(logs[0].timeUnixNano, /^\d{19}$/)
    const [attribute] = logs[1].attributes
    assert.deepStrictEqual(attribute, { key: "cloudevents.event_id", value: { stringValue: "1" } })
    const written = await project.crewkit(["sessions", "export", "--format", "csv", "--output", "out.csv", "--json"])
    const { data } = documentOf(ok(written))
    assert.deepInclude(Object(data), { format: "csv", sessions: 40, records: lines.length })
    const csv = project.read("out.csv")
    assert.match(csv, /^session,seq,time,type,[^\n]*\r\n/)
    assert.include(csv, ",'=1+1,")
    assert.notMatch(csv, /(^|,)=/m)
    assert.strictEqual(fs.statSync(project.path("out.csv")).mode & 0o077, 0)
    assert.strictEqual((await project.crewkit(["sessions", "export", "--json"])).code, 2)
  })

  it("prunes what it was told to, after a question, and the log stays whole", async () => {
    using project = await busy()
    const prune = (...args: ReadonlyArray<string>) => project.crewkit(["sessions", "prune", ...args])
    assert.strictEqual((await prune()).code, 2)
    assert.strictEqual((await prune("--keep", "3", "--older-than", "1d")).code, 2)
    assert.match(ok(await prune("--keep", "30", "--dry-run")).stdout, /10 sessions \(\d+ KB\) would be deleted/)
    assert.strictEqual((await prune("--keep", "30")).code, 2)
    const unused = `.crewkit/objects/${"0".repeat(64)}.pack`
    project.write(unused, `[["${"1".repeat(64)}",9]]\nleft over`)
    fs.utimesSync(project.path(unused), 0, 0)
    assert.match(
      ok(await prune("--keep", "30", "--yes")).stdout,
      /10 sessions \(\d+ KB\) deleted, and \d+ B of contents that nothing names now/
    )
    assert.isFalse(fs.existsSync(project.path(unused)))
    const verified = ok(await project.crewkit(["sessions", "verify"])).stdout
    assert.match(verified, /the session log is whole\n {2}30 sessions/)
    assert.match(verified, /10 pruned by the ledger's own word/)
    assert.match(ok(await prune("--keep", "30", "--yes")).stdout, /nothing to prune/)
  })

  it("exits 8 with every fault where the log was edited, for people and as a document", async () => {
    using project = await busy()
    const id = "00000003-0000-4000-8000-000000000000"
    const file = `.crewkit/sessions/${id}.0001.jsonl`
    project.write(file, project.read(file).replace('"added":2', '"added":9'))
    const run = await project.crewkit(["sessions", "verify", "--all"])
    assert.strictEqual(run.code, 8)
    assert.match(
      run.stdout,
      /✗ rewritten {2}record 3, line 4\n {2}00000003-.*\.0001\.jsonl\n {2}record 3 does not go on/
    )
    assert.match(run.stderr, /error: the session log is not whole: /)
    const { error, ok: fine } = documentOf(await project.crewkit(["sessions", "verify", "--json"]))
    assert.isFalse(fine)
    assert.strictEqual(error?.code, "LogBroken")
    assert.strictEqual((await project.crewkit(["sessions", "verify", "0000000f"])).code, 1)
    assert.strictEqual((await project.crewkit(["sessions", "verify", "00000004"])).code, 0)
    assert.strictEqual((await project.crewkit(["sessions", "verify", "00000003"])).code, 8)
  })
})

const keychain = skipUnless(keychainNeeds)

describe.skipIf(keychain.skip)(`crewkit sessions with a keychain${keychain.suffix}`, () => {
  it("proves that a log was rolled back: by the mark, and where that is gone by an anchor in git", async () => {
    using project = scratch()
    await using store = await startKeychain()
    const crewkit = (...args: ReadonlyArray<string>) => project.crewkit(args, store.env)
    const git = (...args: ReadonlyArray<string>) =>
      execFileSync("git", args, { cwd: project.project, env: project.env, encoding: "utf8" })
    ok(await crewkit("init", "acme", "web-shop", "--registry", examples))
    ok(await crewkit("sync"))
    const early = fs.mkdtempSync(join(project.beside("home"), "early-"))
    fs.cpSync(project.path(".crewkit", "sessions"), early, { recursive: true })
    fs.appendFileSync(project.path(".claude", "agents", "debugger.md"), "one more line\n")
    ok(await crewkit("sync", "--yes"))
    const whole = ok(await crewkit("sessions", "verify")).stdout
    assert.strictEqual(whole, "✓ the session log is whole\n  2 sessions, 27 records, 2 seals\n")
    const tooEarly = await crewkit("sessions", "anchor")
    assert.strictEqual(tooEarly.code, 1)
    assert.match(tooEarly.stderr, /git could not write the anchor/)
    git("config", "user.name", "Someone")
    git("commit", "--quiet", "--allow-empty", "--message", "first")
    assert.match(ok(await crewkit("sessions", "anchor")).stdout, /5 records of the ledger anchored at commit/)
    ok(await crewkit("sessions", "anchor"))
    assert.match(git("notes", "--ref=crewkit", "show"), /^crewkit\.io\/session-ledger\/[^]*\n— crewkit-session-log-/)
    assert.match(ok(await crewkit("sessions", "verify", "--all")).stdout, /2 seals, 1 anchor in git\n$/)
    fs.rmSync(project.path(".crewkit", "sessions"), { recursive: true })
    fs.cpSync(early, project.path(".crewkit", "sessions"), { recursive: true })
    const back = await crewkit("sessions", "verify", "--all")
    assert.strictEqual(back.code, 8)
    assert.match(
      back.stdout,
      /rolled-back\n {2}ledger\.jsonl\n {2}the keychain remembers 5 records of the ledger, and 3/
    )
    store.secretTool(["clear", "service", "crewkit", "username", `session-log ${fs.realpathSync(project.project)}`])
    assert.match(ok(await crewkit("sessions", "verify", "last")).stdout, /whole/)
    const anchored = await crewkit("sessions", "verify", "--all")
    assert.strictEqual(anchored.code, 8)
    assert.match(anchored.stdout, /rolled-back[^]*git remembers 5 records of the ledger/)
  })
})

const browser = skipUnless([chromium])

/** A folder for pictures, to be looked at. */
const shots = process.env["CREWKIT_SHOTS"]

describe.skipIf(browser.skip)(`the report${browser.suffix}`, () => {
  it("draws bars in the terminal, in ASCII where asked", async () => {
    using project = await busy()
    const report = ok(await project.crewkit(["sessions", "report"])).stdout
    assert.match(report, /changes in 40 sessions\n\nby agent\ncode-reviewer +█{16} \d+\n/)
    assert.isAtMost(Math.max(...report.split("\n").map((line) => line.length)), 46)
    assert.match(ok(await project.crewkit(["sessions", "report", "--plain"])).stdout, /code-reviewer +#{16} \d+\n/)
  })

  it("is one page that loads nothing and runs nothing, in light, dark and narrow", async () => {
    using project = await busy()
    ok(await project.crewkit(["sessions", "report", "--html", "report.html"]))
    const html = project.read("report.html")
    assert.notMatch(html, /<script|<img|<link|javascript:|url\(|<[^>]*\son[a-z]+=/i)
    assert.include(html, "&lt;img src=x onerror")
    const instance = await playwright.launch({
      executablePath: chromium.path ?? "",
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    })
    try {
      const grounds: Record<string, string> = {}
      for (const look of ["light", "dark", "narrow"] as const) {
        const context = await instance.newContext({
          viewport: look === "narrow" ? { width: 360, height: 740 } : { width: 1100, height: 900 },
          colorScheme: look === "dark" ? "dark" : "light",
          javaScriptEnabled: look !== "light"
        })
        const page = await context.newPage()
        const troubles: Array<string> = []
        page.on("console", (message) => troubles.push(message.text()))
        page.on("request", (request) => {
          if (!request.url().startsWith("file:")) troubles.push(request.url())
        })
        await page.goto(`file://${project.path("report.html")}`)
        assert.strictEqual(await page.getByRole("img").count(), 5)
        assert.isTrue(await page.getByRole("heading", { name: "Changes by day" }).isVisible())
        assert.strictEqual(await page.locator("svg").first().locator("rect").count(), 40)
        assert.isAbove((await page.locator("svg").first().boundingBox())?.height ?? 0, 50)
        if (look !== "light") {
          const size = await page.locator("html").evaluate((root) => [root.scrollWidth, root.clientWidth])
          assert.strictEqual(size[0], size[1], `${look}: wider than the window`)
          grounds[look] = String(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
        }
        await page.getByText("The numbers").first().click()
        assert.isTrue(await page.getByRole("cell", { name: "2026-10-02" }).isVisible())
        if (shots !== undefined) await page.screenshot({ path: join(shots, `report-${look}.png`), fullPage: true })
        assert.deepStrictEqual(troubles, [])
        await context.close()
      }
      assert.notStrictEqual(grounds["dark"], grounds["narrow"])
    } finally {
      await instance.close()
    }
  })
})
