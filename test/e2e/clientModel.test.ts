/**
 * The model of the client against the client: what `modelOf` predicts of each probe is what Claude Code 2.1.330 did,
 * asked on Linux in print mode, on 22 November 2026. Whoever brings a newer client runs this first.
 */
import { assert, describe, it } from "@effect/vitest"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { CapabilityRow, ClientModel } from "../../src/domain/audit/ClientModel.ts"
import { inlineServers } from "../../src/domain/audit/clientHooks.ts"
import { modelOf } from "../../src/domain/audit/modelOf.ts"
import { read } from "../../src/layers/agentReader.ts"
import { hookProbes, serverProbes } from "../support/extraProbes.ts"
import { loadingProbes } from "../support/loadingProbes.ts"
import { type Probe, type Seen, session } from "../support/clientSession.ts"
import { use } from "../support/modelServer.ts"
import { claude, skipUnless } from "../support/needs.ts"
import { toolProbes } from "../support/toolProbes.ts"

const { skip, suffix } = skipUnless([claude])
const program = claude.path ?? ""

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content

const fileOf = (content: string | Uint8Array) => read("probe.md", bytesOf(content))
const predicted = (content: string | Uint8Array): ClientModel => modelOf(fileOf(content))

const reachOf = (model: ClientModel, capability: CapabilityRow["capability"]) =>
  model.capabilities.find((row) => row.capability === capability)?.reach

/** With the probe's own name in the place of each `$`. */
const named = (content: string | Uint8Array, name: string): string | Uint8Array =>
  typeof content === "string"
    ? content.replaceAll(/\$(?!\{)/g, () => name)
    : Buffer.from(
        Buffer.from(content)
          .toString("latin1")
          .replaceAll(/\$(?!\{)/g, () => name),
        "latin1"
      )

const withFields = (name: string, yaml: string): string =>
  `---\nname: ${name}\n${/^description:/m.test(yaml) ? "" : "description: D\n"}${yaml}\n---\n\nBody.\n`

const sorted = (names: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(names)].sort()

/** The tools that a grant comes to in a session that offers these, those of the agent's own servers aside. */
const toolsIn = ({ tools }: ClientModel, offered: ReadonlyArray<string>): ReadonlyArray<string> => {
  const within = (entry: string, tool: string): boolean => {
    const server = entry.replace(/__\*$/, "")
    return tool === entry || entry === "mcp__*"
      ? tool.startsWith("mcp__") || tool === entry
      : tool.startsWith(`${server}__`)
  }
  const isRemoved = (tool: string) => tools.removed.some((one) => within(one.tool, tool))
  if (tools.everything) return offered.filter((tool) => !isRemoved(tool))
  const own = [...offered, "Grep", "Glob"].filter(
    (tool) => tools.granted.some((one) => within(one.tool, tool)) && !isRemoved(tool)
  )
  return own.includes("Bash") ? own.filter((tool) => tool !== "Grep" && tool !== "Glob") : own
}

describe.skipIf(skip)(`the model of Claude Code${suffix}`, () => {
  it("predicts which files load, under which name and description", async () => {
    const probes = loadingProbes.map(({ description, name, text }, index) => {
      const own = `probe-${index}`
      return { id: own, name: name ?? own, description, content: named(text, own) }
    })
    const seen = await session(program, Object.fromEntries(probes.map(({ content, id }) => [id, { content }])))
    for (const { content, description, name } of probes) {
      const shown = typeof content === "string" ? JSON.stringify(content.slice(0, 120)) : "bytes"
      const { loading } = predicted(content)
      assert.deepStrictEqual(
        loading.loads ? [loading.name, loading.description] : [],
        description === undefined ? [] : [name, description],
        shown
      )
      assert.strictEqual(seen.loaded.includes(name), loading.loads, shown)
      if (loading.loads)
        assert.strictEqual(
          seen.described.get(name),
          loading.description.trimEnd() === "" ? seen.described.get(name) : loading.description,
          shown
        )
    }
  })

  it("predicts the tools of each sub-agent", async () => {
    const probes = toolProbes.map(([yaml, tools], index) => {
      const id = `probe-${index}`
      return { id, yaml, tools, content: withFields(id, yaml) }
    })
    const seen = await session(
      program,
      Object.fromEntries(probes.map(({ content, id }) => [id, { content, start: id }]))
    )
    const all = seen.started.get("probe-0")
    assert(Array.isArray(all))
    for (const tool of ["Agent", "Bash", "Edit", "Read", "WebFetch", "Write", "mcp__probe__write_it"])
      assert.include(all, tool)
    for (const { content, id, tools, yaml } of probes) {
      const model = predicted(content)
      const observed = seen.started.get(id) ?? ""
      assert.isTrue(model.loading.loads && seen.loaded.includes(id), yaml)
      const expected =
        tools === "refused"
          ? "refused"
          : tools.startsWith("all")
            ? all.filter((tool: string) => !tools.split(" ").includes(tool))
            : tools.split(" ").filter((tool) => tool !== "")
      const shownAs = (names: ReadonlyArray<string> | string) => (typeof names === "string" ? names : sorted(names))
      assert.deepStrictEqual(
        typeof observed === "string"
          ? observed.replace(/^.*would be spawned with zero tools.*$/s, "refused")
          : sorted(observed),
        shownAs(expected),
        `${yaml} — observed`
      )
      assert.deepStrictEqual(
        model.tools.refused ? "refused" : sorted(toolsIn(model, all)),
        shownAs(expected),
        `${yaml} — predicted`
      )
    }
  })

  it("predicts whose hooks run and whose servers start, in a trusted folder only", async () => {
    const read1 = [[use("Read", { file_path: "mark" })], "done"]
    const probes: Record<string, Probe> = {}
    for (const [index, [yaml]] of [...hookProbes, ...serverProbes].entries()) {
      const id = `probe-${index}`
      probes[id] = { content: withFields(id, `tools: Read\n${named(yaml, id).toString()}`), start: id, turns: read1 }
    }
    const seen = await session(program, probes)
    const untrusted = await session(program, probes, { trusted: false })
    const isMarked = (from: Seen, kind: string, id: string) => from.marks.includes(`${kind} ${id}`)
    for (const [index, [yaml, expected]] of hookProbes.entries()) {
      const id = `probe-${index}`
      const model = predicted(probes[id]?.content ?? "")
      const runs = reachOf(model, "runs hooks") === "yes"
      assert.strictEqual(model.loading.loads ? (runs ? "runs" : "loads") : "no", expected, `${yaml} — predicted`)
      assert.strictEqual(seen.loaded.includes(id), expected !== "no", yaml)
      assert.strictEqual(isMarked(seen, "hook", id), expected === "runs", `${yaml} — observed`)
      assert.isFalse(isMarked(untrusted, "hook", id), yaml)
    }
    for (const [index, [yaml, expected]] of serverProbes.entries()) {
      const id = `probe-${hookProbes.length + index}`
      const content = probes[id]?.content ?? ""
      const starts = reachOf(predicted(content), "starts MCP servers") === "yes"
      assert.strictEqual(starts, expected, `${yaml} — predicted`)
      assert.strictEqual(isMarked(seen, "server", id), expected, `${yaml} — observed`)
      const tools = seen.started.get(id) ?? ""
      for (const server of inlineServers(fileOf(content))) assert.include(tools, `mcp__${server}__${id}`)
      assert.isFalse(isMarked(untrusted, "server", id), yaml)
    }
  })

  it("says of a scope and of a permission mode what they come to", async () => {
    const write = (name: string, program1: string) => [
      [use("Bash", { command: `${program1} ${name}.txt`, description: "d" })],
      "done"
    ]
    const agents = (command: string): Record<string, Probe> =>
      Object.fromEntries(
        ["plain", "scoped", "acceptEdits", "auto", "bypassPermissions", "dontAsk", "plan"].map((name) => {
          const mode = name === "plain" || name === "scoped" ? "" : `permissionMode: ${name}\n`
          const tools = name === "scoped" ? "Bash(git diff:*)" : "Bash"
          return [
            name,
            { content: withFields(name, `tools: ${tools}\n${mode}`), start: name, turns: write(name, command) }
          ]
        })
      )
    const written = (seen: Seen) =>
      seen.files
        .filter((file) => file.endsWith(".txt"))
        .map((file) => file.slice(0, -4))
        .sort()
    const copy = {
      command: "cp mark",
      all: ["acceptEdits", "auto", "bypassPermissions", "dontAsk", "plain", "plan", "scoped"]
    }
    assert.deepStrictEqual(written(await session(program, agents(copy.command))), ["acceptEdits", "auto"])
    assert.deepStrictEqual(
      written(await session(program, agents(copy.command), { permissionMode: "bypassPermissions" })),
      copy.all
    )
    // The session's own rules allow or forbid a command; the scope of the agent does neither.
    const allowed = await session(program, agents("cp mark"), { settings: { permissions: { allow: ["Bash(cp:*)"] } } })
    assert.includeMembers(written(allowed), ["plain", "scoped"])
    assert.strictEqual(reachOf(predicted(withFields("a", "tools: Bash(git diff:*)")), "runs commands"), "yes")
    for (const mode of ["acceptEdits", "auto", "bypassPermissions"])
      assert.strictEqual(
        reachOf(predicted(withFields("a", `permissionMode: ${mode}`)), "skips permission checks"),
        "scoped"
      )
    for (const mode of ["plan", "dontAsk", "default", "bogus"])
      assert.strictEqual(
        reachOf(predicted(withFields("a", `permissionMode: ${mode}`)), "skips permission checks"),
        "no"
      )
  })

  it("loads by the end of the file's name, from every folder; of one name the last path wins", async () => {
    const agent = (name: string, description = name) => ({ content: withFields(name, `description: ${description}`) })
    const at = (file: string, name: string) => ({ file, ...agent(name, JSON.stringify(file)) })
    const pairs = [
      ["a/z.md", "b.md"],
      ["a-b.md", "a/x.md"],
      ["a.md", "a/a.md"],
      ["B.md", "a.md"],
      ["10.md", "2.md"],
      ["x/y/z.md", "x/z.md"]
    ] as const
    const same = pairs.flatMap((pair, index) => pair.map((file) => at(`${index}/${file}`, `same-${index}`)))
    const single = [
      "a/b/nested.md",
      ".hidden/inside.md",
      ".hidden.md",
      "node_modules/in.md",
      "UP.MD",
      "x.mdx",
      "t.md.txt"
    ]
    const probes = Object.fromEntries(
      [...same, ...single.map((file) => at(file, `f${file.replace(/\W/g, "-")}`)), at("builtin.md", "Explore")].map(
        (probe, index) => [`p${index}`, probe]
      )
    )
    const seen = await session(program, probes, {
      prepare: (folder) => {
        mkdirSync(join(folder, "out"))
        writeFileSync(join(folder, "out", "linked.md"), agent("linked").content)
        writeFileSync(join(folder, "out", "by-folder.md"), agent("by-folder").content)
        symlinkSync(join(folder, "out", "linked.md"), join(folder, ".claude", "agents", "link.md"))
        symlinkSync(join(folder, "out"), join(folder, ".claude", "agents", "folder"))
      }
    })
    const loads = (name: string) => seen.loaded.includes(name)
    assert.deepStrictEqual(
      single.filter((file) => loads(`f${file.replace(/\W/g, "-")}`)),
      single.slice(0, 4)
    )
    assert.isTrue(loads("linked") && loads("by-folder"))
    assert.strictEqual(seen.described.get("Explore"), "builtin.md")
    for (const [index, pair] of pairs.entries()) {
      assert.strictEqual(seen.described.get(`same-${index}`), `${index}/${[...pair].sort().at(-1)}`)
    }
  })
})
