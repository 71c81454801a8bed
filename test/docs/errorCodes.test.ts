/**
 * The codes of errors, which `docs/error-codes.md` lists: made here from the classes, `CREWKIT_UPDATE_DOCS=1` writes it. Each
 * page that an error names is there.
 */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { docsOf, errorPages } from "../../src/domain/errorPages.ts"
import { ExitCode } from "../../src/domain/ExitCode.ts"
import { schemaVersion } from "../../src/domain/schemaVersion.ts"

const root = dirname(dirname(import.meta.dirname))
const docs = join(root, "docs")
const domain = join(root, "src", "domain")

/** A passed-on exit code is no error of crewkit's own, and no document. */
const passedOn = new Set(["ClaudeExited", "ProgramExited"])

interface Code {
  readonly code: string
  readonly exits: ReadonlyArray<number>
}

const exitNames: Readonly<Record<string, number>> = ExitCode

/** Every class of `src/domain` that carries an exit code. */
const codes: ReadonlyArray<Code> = fs
  .readdirSync(domain)
  .flatMap((file) => {
    const text = file.endsWith(".ts") ? fs.readFileSync(join(domain, file), "utf8") : ""
    return text.split(/^(?=export class )/m).slice(1)
  })
  .flatMap((text) => {
    const code = /TaggedError<\w+>\(\)\("(\w+)"/.exec(text)?.[1]
    const exits = [...text.matchAll(/\bExitCode\.(\w+)/g)].map(([, name = ""]) => exitNames[name] ?? -1)
    return code === undefined || passedOn.has(code) || !text.includes("[Runtime.errorExitCode]")
      ? []
      : [{ code, exits }]
  })
  .concat({ code: "Bug", exits: [ExitCode.failed] })
  .toSorted((one, other) => (one.code < other.code ? -1 : 1))

/** The headings of a page by their anchors, as GitHub makes them. */
const headingsOf = (page: string): ReadonlyMap<string, string> => {
  const text = fs.readFileSync(join(docs, page), "utf8").replace(/^```[^]*?^```/gm, "")
  const headings = text.split("\n").flatMap((line) => /^#+ (.*)$/.exec(line)?.[1] ?? [])
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-")
  return new Map(headings.map((heading) => [anchor(heading), heading]))
}

const rowOf = ({ code, exits }: Code): string => {
  const page = errorPages[code]
  const [file = "", anchor = ""] = page?.split("#") ?? []
  const link = page === undefined ? "" : `[${headingsOf(file).get(anchor) ?? anchor}](${page})`
  return `| \`${code}\` | ${[...new Set(exits)].sort((a, b) => a - b).join(", ")} | ${link} |`
}

describe("the codes of errors", () => {
  const file = join(docs, "error-codes.md")
  const there = fs.readFileSync(file, "utf8")

  it("stay what they are until schemaVersion moves", () => {
    const known = new Set(codes.map(({ code }) => code))
    const listed = [...there.matchAll(/^\| `(\w+)` \|/gm)].flatMap(([, code]) => code ?? [])
    const version = Number(/`schemaVersion` (\d+)/.exec(there)?.[1])
    assert.isAbove(listed.length, 50)
    if (version === schemaVersion)
      assert.deepStrictEqual(
        listed.filter((code) => !known.has(code)),
        []
      )
  })

  it("are those of docs/error-codes.md", () => {
    const [before = ""] = there.split("| code |")
    const table = ["| code | exit | explained in |", "| --- | --- | --- |", ...codes.map(rowOf)]
    const head = before.replace(/`schemaVersion` \d+/, `\`schemaVersion\` ${schemaVersion}`)
    const text = `${head}${table.join("\n")}\n`
    if (process.env["CREWKIT_UPDATE_DOCS"] === "1") fs.writeFileSync(file, text)
    assert.strictEqual(fs.readFileSync(file, "utf8"), text, "CREWKIT_UPDATE_DOCS=1")
  })

  it("have exit codes that docs/scripts.md lists", () => {
    const page = fs.readFileSync(join(docs, "scripts.md"), "utf8")
    const listed = [...page.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell = ""]) => cell.split(", ").map(Number))
    assert.includeMembers(listed, Object.values(ExitCode))
    assert.includeMembers(listed, [...new Set(codes.flatMap(({ exits }) => exits))])
    assert.deepStrictEqual(
      codes.filter(({ exits }) => exits.length === 0),
      []
    )
  })

  it("name pages and parts that are there", () => {
    const known = new Set(codes.map(({ code }) => code))
    const wrong = Object.entries(errorPages).flatMap(([code, link]) => {
      const [page = "", anchor = ""] = link.split("#")
      if (!known.has(code)) return [`there is no ${code}`]
      if (!fs.existsSync(join(docs, page))) return [`${code}: there is no docs/${page}`]
      return headingsOf(page).has(anchor) ? [] : [`${code}: docs/${page} has no part ${anchor}`]
    })
    assert.deepStrictEqual(wrong, [])
  })

  it("have links to where the repository is", () => {
    const { homepage }: { readonly homepage: string } = JSON.parse(fs.readFileSync(join(root, "package.json"), "utf8"))
    assert.strictEqual(docsOf("LockNotMet"), `${homepage}/blob/main/docs/sync.md#variants`)
    assert.isUndefined(docsOf("UsageError"))
    assert.isUndefined(docsOf("toString"))
  })
})
