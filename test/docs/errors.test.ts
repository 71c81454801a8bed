/**
 * Every error that a person may see, in one file to read: `docs/errors.md`. `CREWKIT_UPDATE_DOCS=1` writes it, else it
 * has to be what is there. A class without a sample, or a text that the style guide forbids, fails here.
 */
import { assert, describe, it } from "@effect/vitest"
import { Runtime } from "effect"
import * as fs from "node:fs"
import { dirname, join, relative } from "node:path"
import { bugProblem } from "../../src/domain/bug.ts"
import { ExitCode } from "../../src/domain/ExitCode.ts"
import { type Sample, samples, unseen } from "../support/errorSamples.ts"
import { faultsOf, longest } from "../support/messageRules.ts"

const root = dirname(dirname(import.meta.dirname))
const src = join(root, "src")
const page = join(root, "docs", "errors.md")

const declaration =
  /\bclass (\w+) extends (?:Schema|Data)\.(?:TaggedError|TaggedErrorClass|ErrorClass|Error)\b[^(]*\(+\)?\(?"?(\w*)/g

/** Of each error class in src: its code and its file. */
const classes: ReadonlyMap<string, string> = new Map(
  fs
    .readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .flatMap((entry) => {
      const file = join(entry.parentPath, entry.name)
      return [...fs.readFileSync(file, "utf8").matchAll(declaration)].map(
        ([, name = ""]) => [name, relative(root, file).replaceAll("\\", "/")] as const
      )
    })
)

const shown = (error: { readonly message: string; readonly next?: string }): string =>
  [`error: ${error.message}`, ...(error.next === undefined ? [] : [`  try: ${error.next}`])].join("\n")

const grouped = new Map<string, ReadonlyArray<Sample>>()
for (const sample of samples) grouped.set(sample._tag, [...(grouped.get(sample._tag) ?? []), sample])

const exitsOf = (all: ReadonlyArray<Sample>): string =>
  [...new Set(all.map((each) => Runtime.getErrorExitCode(each)))].sort((one, other) => one - other).join(", ")

const fenced = (text: string): string => `\`\`\`text\n${text}\n\`\`\``

const section = ([code, all]: readonly [string, ReadonlyArray<Sample>]): string =>
  [`## ${code}`, "", `Exit ${exitsOf(all)}.`, "", fenced([...new Set(all.map(shown))].join("\n\n"))].join("\n")

const document = (): string =>
  [
    "# Every error, as it is printed",
    "",
    "One example or several of each error that crewkit may end with, by the `code` that `--json` gives it. A code and its exit code stay as they are from version to version; the words may become better. How they are written: [style](style.md). What the exit codes mean: [scripts](scripts.md).",
    "",
    "This file is made by a test from the errors themselves.",
    "",
    ...[...grouped].sort(([one], [other]) => (one < other ? -1 : 1)).map((each) => `${section(each)}\n`),
    "## Bug",
    "",
    `Exit ${ExitCode.failed}. A mistake of crewkit's own; the stack is printed with \`--debug\` alone.`,
    "",
    fenced(shown(bugProblem(new Error("it counted to -1")))),
    ""
  ].join("\n")

describe("every error class", () => {
  it("is found in src", () => {
    assert.isAbove(classes.size, 70)
  })

  it("has a sample, or a reason why nobody sees it", () => {
    const known = new Set([...grouped.keys(), ...Object.keys(unseen)])
    assert.deepStrictEqual([...classes.keys()].filter((name) => !known.has(name)).sort(), [])
    assert.deepStrictEqual([...known].filter((name) => !classes.has(name)).sort(), [])
    assert.deepStrictEqual(
      Object.keys(unseen).filter((name) => grouped.has(name)),
      []
    )
  })

  it("says what happened and what to type next, as docs/style.md asks", () => {
    const faults = samples.flatMap((each) => faultsOf(each.message, each.next).map((fault) => `${each._tag}: ${fault}`))
    assert.deepStrictEqual(faults, [])
  })

  it("never shows the name of its class, which every error has as its name", () => {
    assert.deepStrictEqual(
      samples.filter((each) => each.message.includes(each._tag) || each.next?.includes(each._tag) === true),
      []
    )
  })

  it("has an exit code that is documented", () => {
    const codes = new Set<number>(Object.values(ExitCode))
    assert.deepStrictEqual(
      samples.filter((each) => {
        const code = Runtime.getErrorExitCode(each)
        return !codes.has(code) || code === ExitCode.done || code === ExitCode.interrupted
      }),
      []
    )
  })

  it("has details that are JSON, without a secret's name", () => {
    for (const each of samples) {
      if (each.details === undefined) continue
      assert.deepStrictEqual(JSON.parse(JSON.stringify(each.details)), each.details, each._tag)
      assert.notMatch(JSON.stringify(each.details), /"(?:token|password|secret|passphrase)"/i, each._tag)
    }
  })

  it("is in docs/errors.md", () => {
    const text = document()
    if (process.env["CREWKIT_UPDATE_DOCS"] === "1") fs.writeFileSync(page, text)
    assert.strictEqual(fs.existsSync(page) ? fs.readFileSync(page, "utf8") : "", text, "CREWKIT_UPDATE_DOCS=1")
  })
})

describe("the rules of docs/style.md", () => {
  const wrong: ReadonlyArray<readonly [why: string, message: string, next: string | undefined]> = [
    ["ends with .", "the file is gone.", "crewkit sync"],
    ["asks a question", "where is the file?", "crewkit sync"],
    ["shouts", "no! there is no file", "crewkit sync"],
    ["begins in upper case", "The file is gone", "crewkit sync"],
    ['says "failed to"', "failed to read the file", "crewkit sync"],
    ['says "please"', "the file is gone", "please run crewkit sync"],
    ["no next step", "the file is gone", undefined],
    ["characters long", "x".repeat(longest + 1), "crewkit sync"],
    ["control character", "the file \u001b[31m is gone", "crewkit sync"],
    ["control character", "the file \u202e is gone", "crewkit sync"],
    ["holds a stack", "it broke\n    at run (main.ts:3:1)", "crewkit sync"],
    ["several lines", "the file is gone", "crewkit sync\n  crewkit doctor"],
    ["says nothing", "", "crewkit sync"]
  ]
  it.each(wrong)("finds what %s", (why, message, next) => {
    assert.include(faultsOf(message, next).join("\n"), why)
  })

  it("lets a good text pass", () => {
    assert.deepStrictEqual(faultsOf("there is no agent reviever; did you mean reviewer?", "crewkit agents list"), [])
  })
})
