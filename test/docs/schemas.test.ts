/**
 * The schemas of `--json` that `docs/schemas` publishes: made here, from what the handlers print with.
 * `CREWKIT_UPDATE_DOCS=1` writes them, but not one that breaks programs written for the version that is there.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { outputs } from "../../src/commands/lazy.ts"
import { crewkitFor } from "../../src/commands/root.ts"
import { publishedOf, type PublishedSchema } from "../../src/domain/documentSchema.ts"
import { breaksOf, versionOf } from "../support/schemaBreaks.ts"

const root = dirname(dirname(import.meta.dirname))
const folder = join(root, "docs", "schemas")
const updates = process.env["CREWKIT_UPDATE_DOCS"] === "1"

interface Tree {
  readonly name: string
  readonly subcommands: ReadonlyArray<{ readonly commands: ReadonlyArray<Tree> }>
}

/** The paths of all commands that do something. */
const leaves = ({ name, subcommands }: Tree, path: ReadonlyArray<string> = []): ReadonlyArray<string> => {
  const inner = subcommands.flatMap(({ commands }) => commands)
  return inner.length === 0 ? [[...path, name].join(" ")] : inner.flatMap((each) => leaves(each, [...path, name]))
}

/** Every specification is loaded from here on, and with it what `outputs` has. */
const crewkit = await Effect.runPromise(crewkitFor(["--help"]))

const schemas: ReadonlyArray<PublishedSchema> = (
  await Promise.all([...outputs].map(async ([command, load]) => publishedOf(command, await load())))
).flat()

describe("the schemas of --json", () => {
  it("are of every command, and of none that there is not", () => {
    const all = ["crewkit", ...leaves(crewkit).map((path) => path.replace(/^crewkit /, ""))]
    assert.deepStrictEqual([...outputs.keys()].sort(), all.toSorted())
  })

  it("are those that the handlers print with", () => {
    const handlers = fs.readdirSync(join(root, "src", "commands")).filter((file) => file.endsWith(".run.ts"))
    const wrong = handlers.flatMap((file) => {
      const text = fs.readFileSync(join(root, "src", "commands", file), "utf8")
      const said = /^export const data = (\w+)$/m.exec(text)?.[1]
      // Parts of a text that goes out where --json has been refused.
      const printed = [...text.matchAll(/\.(?:result|summary)\(\s*([A-Z][\w.]*),/g)]
        .map((match) => match[1])
        .filter((name) => name !== "Schema.String")
      const fits = printed.length === 0 ? said === "undefined" : printed.every((name) => name === said)
      return fits ? [] : [`${file}: says ${said ?? "nothing"}, prints ${printed.join(", ")}`]
    })
    assert.deepStrictEqual(wrong, [])
  })

  for (const { command, file, of, schema } of schemas) {
    it(`docs/schemas/${file}: the ${of} of ${command}`, () => {
      const path = join(folder, file)
      const text = `${JSON.stringify(schema, null, 2)}\n`
      const there = fs.existsSync(path) ? fs.readFileSync(path, "utf8") : undefined
      if (there !== undefined && versionOf(JSON.parse(there)) === versionOf(schema)) {
        const broken = breaksOf(JSON.parse(there), schema, of === "line" ? { events: "type" } : {})
        assert.deepStrictEqual(
          broken,
          [],
          "programs break: src/domain/schemaVersion.ts has to move, see docs/scripts.md"
        )
      }
      if (updates) fs.writeFileSync(path, text)
      assert.strictEqual(updates ? text : there, text, "CREWKIT_UPDATE_DOCS=1")
    })
  }

  it("are all that is published: the schema of a command that is gone is a break too", () => {
    const files = new Set(schemas.map(({ file }) => file))
    assert.deepStrictEqual(
      fs.readdirSync(folder).filter((file) => !files.has(file)),
      []
    )
  })
})
