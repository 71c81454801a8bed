import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { CrashEvent, crashEventOf, type CrashFacts, fieldsVersion, shownEvent } from "../../src/domain/crashEvent.ts"

const folder = "/home/ada/lib/node_modules/@crewkit/cli/dist"

const help: Readonly<Record<string, string>> = {
  "": "USAGE\n  --json  Print\n  --registry DIR",
  sync: "  --dry-run  Show\n  --role ROLE  Lower",
  "agents show": "  --json"
}

const facts = (more: Partial<CrashFacts> = {}): CrashFacts => ({
  error: new RangeError("private"),
  mechanism: "defect",
  id: "0".repeat(32),
  now: 1_700_000_000_987,
  version: "0.1.0",
  node: "v24.1.0",
  platform: "linux",
  arch: "x64",
  args: [],
  helpOf: (path) => help[path.join(" ")],
  program: {
    folder,
    textOf: (name) => (name === "main.cjs" ? "function sync(){return runLoop()}" : undefined)
  },
  ...more
})

const errorWith = (fields: object): Error => Object.assign(new Error("private"), fields)

const typeOf = (error: unknown): string => crashEventOf(facts({ error })).exception.values[0].type

const framesWith = (stack: string, message = "private", more: Partial<CrashFacts> = {}) =>
  crashEventOf(facts({ error: errorWith({ message, stack }), ...more })).exception.values[0].stacktrace.frames

/** Every field's path, lists as `[]`. */
const pathsOf = (value: unknown, path = ""): ReadonlyArray<string> =>
  Array.isArray(value)
    ? [...new Set(value.flatMap((each) => pathsOf(each, `${path}[]`)))]
    : typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, path === "" ? key : `${path}.${key}`))
      : [path]

describe("the event of a crash", () => {
  it("has the fields that a person's consent is for; another one needs another fieldsVersion", () => {
    const stack = `Error: private\n    at sync (${folder}/main.cjs:1:1)`
    const frame = "exception.values[].stacktrace.frames[]"
    assert.strictEqual(fieldsVersion, 1)
    assert.deepStrictEqual([...pathsOf(crashEventOf(facts({ error: errorWith({ stack }) })))].sort(), [
      "contexts.device.arch",
      "contexts.os.name",
      "contexts.runtime.name",
      "contexts.runtime.version",
      "event_id",
      "exception.values[].mechanism.handled",
      "exception.values[].mechanism.type",
      `${frame}.colno`,
      `${frame}.filename`,
      `${frame}.function`,
      `${frame}.in_app`,
      `${frame}.lineno`,
      "exception.values[].type",
      "level",
      "platform",
      "release",
      "sdk.name",
      "sdk.settings.infer_ip",
      "sdk.version",
      "tags.code",
      "tags.command",
      "tags.flags",
      "timestamp"
    ])
  })

  it("names classes of JavaScript and of Effect, and no other", () => {
    assert.strictEqual(typeOf(new TypeError("private")), "TypeError")
    assert.strictEqual(typeOf({ _tag: "SchemaError", message: "private" }), "SchemaError")
    for (const error of [errorWith({ name: "Private" }), { _tag: "Private" }, "private", undefined, null, 7]) {
      assert.strictEqual(typeOf(error), "other")
    }
  })

  it("names codes that look like those of Node and of systems", () => {
    const codeOf = (code: unknown) => crashEventOf(facts({ error: errorWith({ code }) })).tags.code
    assert.strictEqual(codeOf("ENOENT"), "ENOENT")
    assert.strictEqual(codeOf("ERR_REQUIRE_ESM"), "ERR_REQUIRE_ESM")
    for (const code of ["private", "E private", "/home/ada", 7, undefined]) assert.strictEqual(codeOf(code), "none")
  })

  it("names the command by words that have a help text, and flags that this help names", () => {
    const tagsOf = (...args: ReadonlyArray<string>) => crashEventOf(facts({ args })).tags
    assert.deepInclude(tagsOf("sync", "--role=private", "--dry-run", "--private"), {
      command: "crewkit sync",
      flags: "--dry-run --role"
    })
    assert.deepInclude(tagsOf("agents", "show", "private", "--json"), {
      command: "crewkit agents show",
      flags: "--json"
    })
    assert.deepInclude(tagsOf("private"), { command: "crewkit", flags: "" })
    assert.deepInclude(tagsOf("sync", "--", "--role", "private"), { command: "crewkit sync", flags: "" })
  })

  it("keeps frames in files of the program alone, by name of file, line and column", () => {
    const stack = [
      "Error: private",
      `    at sync (${folder}/main.cjs:15:2675)`,
      `    at privateAgent (${folder}/main.cjs:1:7)`,
      `    at Object.runLoop [as private] (${folder}/main.cjs:2:8)`,
      `    at async ${folder}/main.cjs:3:9`,
      `    at sync (${folder}/private.cjs:1:1)`,
      `    at sync (${folder}/sub/main.cjs:1:1)`,
      "    at sync (/home/ada/private/main.cjs:1:1)",
      "    at node:internal/process/task_queues:95:5"
    ].join("\n")
    assert.deepStrictEqual(framesWith(stack), [
      { filename: "main.cjs", lineno: 3, colno: 9, in_app: true },
      { filename: "main.cjs", function: "runLoop", lineno: 2, colno: 8, in_app: true },
      { filename: "main.cjs", lineno: 1, colno: 7, in_app: true },
      { filename: "main.cjs", function: "sync", lineno: 15, colno: 2675, in_app: true }
    ])
  })

  it("takes nothing of a message that looks like a stack", () => {
    const message = `private\n    at sync (${folder}/main.cjs:9:9)`
    assert.deepStrictEqual(framesWith(`Error: ${message}\n    at sync (${folder}/main.cjs:1:1)`, message), [
      { filename: "main.cjs", function: "sync", lineno: 1, colno: 1, in_app: true }
    ])
  })

  it("knows the program's folder on Windows too", () => {
    const own = "C:\\Users\\Ada\\npm\\node_modules\\@crewkit\\cli\\dist"
    const program = { folder: own, textOf: () => "sync" }
    assert.deepStrictEqual(framesWith(`Error: private\n    at sync (${own}\\main.cjs:1:2)`, "private", { program }), [
      { filename: "main.cjs", function: "sync", lineno: 1, colno: 2, in_app: true }
    ])
  })

  it.effect.prop("holds nothing of what it is made from, whatever that is", [Schema.String, Schema.String], ([a, b]) =>
    Effect.gen(function* () {
      // Marked, so that a chance match with a word of the event is no find.
      const [one, two] = [`<${a}>`, `<${b}>`]
      const error = errorWith({
        name: one,
        code: two,
        message: one,
        stack: `${two}\n    at ${one} (${two}:1:1)`,
        path: one
      })
      const event = crashEventOf(
        facts({ error, args: [one, `--${two}`, "--", one], node: one, platform: two, arch: one })
      )
      yield* Schema.decodeEffect(CrashEvent)(event)
      const text = JSON.stringify(event)
      assert.notInclude(text, JSON.stringify(one).slice(1, -1))
      assert.notInclude(text, JSON.stringify(two).slice(1, -1))
    })
  )

  it.effect.prop("is shown as JSON that means the same", [Schema.Json], ([value]) =>
    Effect.sync(() => assert.deepStrictEqual(JSON.parse(shownEvent(value)), JSON.parse(JSON.stringify(value))))
  )

  it("is shown with a line for each frame", () => {
    const shown = shownEvent({
      a: [
        { b: 1, c: "x" },
        { b: 2, c: "y" }
      ]
    })
    assert.strictEqual(shown, '{\n  "a": [\n    {"b": 1, "c": "x"},\n    {"b": 2, "c": "y"}\n  ]\n}')
  })
})
