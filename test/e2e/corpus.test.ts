/** Real agents from public collections, through the built program, into the real Claude Code. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { join } from "node:path"
import { listLoadedAgents } from "../support/claude.ts"
import { claude, corpus, skipUnless } from "../support/needs.ts"
import { registryWith, scratch } from "../support/program.ts"

interface Sample {
  readonly name: string
  readonly text: string
}

/** Every file, under a name that is unique over the collections. */
const samples = (): ReadonlyArray<Sample> => {
  const folder = corpus.path ?? ""
  return fs.readdirSync(folder).flatMap((collection) =>
    fs.readdirSync(join(folder, collection)).map((file) => ({
      name: `${collection}-${file.replace(/\.md$/, "")}`.toLowerCase().replace(/[^a-z0-9-]+/g, "-"),
      text: fs.readFileSync(join(folder, collection, file), "utf8")
    }))
  )
}

/** The name in a file's frontmatter, as a person reads it. */
const shownName = (text: string): string =>
  (/^name:[ \t]*(.*)$/m.exec(text)?.[1] ?? "").replace(/^["']|["']$/g, "").trim()

const withCorpus = async () => {
  const project = scratch()
  const agents = samples()
  registryWith(
    project.beside("registry"),
    Object.fromEntries(agents.map(({ name, text }) => [`agents/${name}.md`, text]))
  )
  await project.crewkit(["init", "acme", "web", "--registry", "../registry"])
  return { project, agents }
}

const files = skipUnless([corpus])
const client = skipUnless([corpus, claude])

describe("the corpus of real agents", () => {
  it.skipIf(files.skip)(`arrives whole${files.suffix}`, async () => {
    const { agents, project } = await withCorpus()
    using _ = project
    const run = await project.crewkit(["sync", "--json"])
    assert.strictEqual(run.code, 0, run.stderr + run.stdout.slice(0, 2000))
    const arrived = fs.readdirSync(project.path(".claude", "agents")).map((file) => file.replace(/\.md$/, ""))
    assert.deepStrictEqual(arrived.sort(), agents.map(({ name }) => name).sort())
    assert.isAtLeast(agents.length, 100)
    const { data } = JSON.parse(run.stdout)
    assert.deepStrictEqual(data.refused, [])
    const repaired = new Set(
      data.remarks
        .filter((remark: { text: string }) => /strict YAML/.test(remark.text))
        .map((remark: { name: string }) => remark.name)
    )
    assert.strictEqual(repaired.size, 5)
  })

  it.skipIf(client.skip)(
    `is listed by the real Claude Code, what it drops when copied as it is included${client.suffix}`,
    async () => {
      const { agents, project } = await withCorpus()
      using _ = project
      await project.crewkit(["sync"])
      const loaded = new Set(await listLoadedAgents(project.project, claude.path ?? ""))
      const names = new Set(agents.map(({ text }) => shownName(text)))
      assert.deepStrictEqual(
        [...names].filter((name) => !loaded.has(name)),
        []
      )

      const copied = scratch()
      using __ = copied
      for (const { name, text } of agents) copied.write(`.claude/agents/${name}.md`, text)
      const asTheyAre = new Set(await listLoadedAgents(copied.project, claude.path ?? ""))
      assert.deepStrictEqual([...names].filter((name) => !asTheyAre.has(name)).sort(), [
        "api-architect",
        "prompt-engineer"
      ])
    }
  )
})
