import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { Slug } from "../../src/domain/AgentName.ts"
import type { ConfigInvalid } from "../../src/domain/errors.ts"
import * as ProjectConfigYaml from "../../src/layers/ProjectConfigYaml.ts"
import type { InvocationValue } from "../../src/services/Invocation.ts"
import { type NewConfig, ProjectConfig } from "../../src/services/ProjectConfig.ts"
import { environment } from "../fakes/environment.ts"
import * as InvocationMemory from "../../src/testing/InvocationMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const file = "project/.agent/config.yml"
const userFile = "home/crewkit/config.yml"

/** The environment of a person who has set nothing. */
const bare = Effect.gen(function* () {
  const scratch = yield* Scratch
  yield* environment({
    XDG_CONFIG_HOME: scratch.path("home"),
    CREWKIT_REGISTRY: undefined,
    CREWKIT_API_URL: undefined
  })
  fs.mkdirSync(scratch.path("project/.git"), { recursive: true })
  return scratch
})

const configIn = (cwd: string, flags: Partial<InvocationValue> = {}) =>
  ProjectConfigYaml.layer.pipe(Layer.provide(InvocationMemory.layer(cwd, flags)))

const resolvedIn = (cwd: string, flags?: Partial<InvocationValue>) =>
  ProjectConfig.use((config) => config.resolved).pipe(Effect.provide(configIn(cwd, flags)))

const resolved = (flags?: Partial<InvocationValue>) =>
  Effect.flatMap(Scratch, (scratch) => resolvedIn(scratch.path("project"), flags))

/** Reads this text as the project's configuration. */
const reading = Effect.fnUntraced(function* (text: string, flags?: Partial<InvocationValue>) {
  const scratch = yield* bare
  scratch.write(file, text)
  return yield* resolved(flags)
})

const complaintAbout = Effect.fnUntraced(function* (text: string) {
  const error = yield* Effect.flip(reading(text))
  if (error._tag !== "ConfigInvalid") return yield* Effect.die(error)
  return error
})

const where = ({ column, line }: ConfigInvalid): string => `${line}:${column}`

const minimal = "org: acme\nproject: web-shop\n"

describe("the project's configuration", () => {
  it.effect("says organization and project; all else has a default", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      assert.deepStrictEqual(yield* reading(minimal), {
        root: scratch.path("project"),
        file: ".agent/config.yml",
        org: { value: Slug.make("acme"), origin: "project" },
        project: { value: Slug.make("web-shop"), origin: "project" },
        registry: { value: "https://api.crewkit.io", origin: "default" },
        registryKind: "https",
        prune: { value: true, origin: "default" },
        keepLocal: { value: false, origin: "default" },
        capture: { value: "metadata", origin: "default" }
      })
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("may say everything, in any form of YAML", () =>
    Effect.gen(function* () {
      const found = yield* reading(
        "# ours\n\"org\": 'acme'\nproject: &p web-shop # same\nregistry: ./agents registry\nsync: {prune: false, keepLocal: true}\n"
      )
      assert.deepStrictEqual(found.registry, { value: "./agents registry", origin: "project" })
      assert.strictEqual(found.registryKind, "folder")
      assert.deepStrictEqual(found.prune, { value: false, origin: "project" })
      assert.deepStrictEqual(found.keepLocal, { value: true, origin: "project" })
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("may say what the audit is to make of things", () =>
    Effect.gen(function* () {
      const text = `${suppressing([], "expires: 2026-02-28")}  failOn: medium\n  tools:\n    - agents: [docs-*]\n      allow: [Read]\n`
      const { audit } = yield* reading(text)
      assert.deepStrictEqual(audit, {
        origin: "project",
        value: {
          failOn: "medium",
          tools: [{ agents: ["docs-*"], allow: ["Read"] }],
          suppress: [
            {
              rule: "beyond-policy-tools",
              fingerprint: "0123456789abcdef0123456789abcdef",
              by: "ada",
              reason: "looked at",
              expires: "2026-02-28"
            }
          ]
        }
      })
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("that is missing is said to be missing in the folder where the command runs", () =>
    Effect.gen(function* () {
      const scratch = yield* bare
      const error = yield* Effect.flip(resolved())
      assert.strictEqual(error._tag, "ConfigMissing")
      assert.include(error.message, scratch.path("project"))
    }).pipe(Effect.provide(Scratch.layer))
  )
})

const suppressing = (without: ReadonlyArray<string>, more = ""): string => {
  const entry = {
    rule: "beyond-policy-tools",
    fingerprint: '"0123456789abcdef0123456789abcdef"',
    by: "ada",
    reason: "looked at"
  }
  const lines = Object.entries(entry)
    .filter(([key]) => !without.includes(key) && !more.startsWith(`${key}:`))
    .map(([key, value]) => `${key}: ${value}`)
  return `${minimal}audit:\n  suppress:\n    - ${[...lines, ...(more === "" ? [] : [more])].join("\n      ")}\n`
}

describe("a mistake in the configuration", () => {
  const cases: ReadonlyArray<
    readonly [said: string, text: string, at: string, problem: string, suggestion: string | undefined]
  > = [
    ["an unknown key", `${minimal}registy: here\n`, "3:1", "unknown key registy", "did you mean registry?"],
    [
      "an unknown key of a section",
      `${minimal}sync:\n  keeplocal: true\n`,
      "4:3",
      "unknown key sync.keeplocal",
      "did you mean keepLocal?"
    ],
    [
      "a key like nothing known",
      `${minimal}zzzzzz: 1\n`,
      "3:1",
      "unknown key zzzzzz",
      "known here: org, project, registry, sync, sessions, audit"
    ],
    ["a key twice", `${minimal}org: other\n`, "3:1", "the key org stands twice", undefined],
    ["no YAML", `${minimal}registry: [a\n`, "4:1", "not YAML", undefined],
    ["a list", "- org\n- project\n", "1:1", "the file is not a list of keys and values", undefined],
    ["an empty file", "", "1:1", "the file is not a list of keys and values", undefined],
    ["no slug", "org: My Org\nproject: web-shop\n", "1:6", "org: must be lower-case letters", undefined],
    ["a number for a slug", "org: acme\nproject: 5\n", "2:10", "project: ", undefined],
    ["a word for yes or no", `${minimal}sync:\n  prune: sometimes\n`, "4:10", "sync.prune: ", undefined],
    ["a section that is none", `${minimal}sync: later\n`, "3:7", "sync: ", undefined],
    ["an empty registry", `${minimal}registry: ""\n`, "3:11", "registry: ", undefined],
    [
      "an unknown rule of the audit",
      `${minimal}audit:\n  rules:\n    beyond-policy-tool: off\n`,
      "5:5",
      "unknown key audit.rules.beyond-policy-tool",
      "did you mean beyond-policy-tools?"
    ],
    [
      "no severity",
      `${minimal}audit:\n  rules:\n    beyond-policy-tools: hihg\n`,
      "5:26",
      "audit.rules.beyond-policy-tools: ",
      undefined
    ],
    [
      "an unknown key in a list",
      `${minimal}audit:\n  tools:\n    - allow: [Read]\n      agent: x\n`,
      "6:7",
      "unknown key audit.tools[].agent",
      "did you mean agents?"
    ],
    ["a suppression without a reason", suppressing(["reason"]), "5:7", "reason", undefined],
    ["a suppression without who", suppressing(["by"]), "5:7", "by", undefined],
    ["a suppression with a blank reason", suppressing([], 'reason: " "'), "8:15", "must say something", undefined],
    [
      "a day that there is not",
      suppressing([], "expires: 2026-02-30"),
      "9:16",
      "must be a date that there is",
      undefined
    ],
    ["no day", suppressing([], "expires: soon"), "9:16", "must be a date such as", undefined],
    ["no fingerprint", suppressing(["fingerprint"], "fingerprint: abc"), "8:20", "32 hexadecimal digits", undefined]
  ]
  for (const [said, text, at, problem, suggestion] of cases) {
    it.effect(`such as ${said} is pointed at with line and column`, () =>
      Effect.gen(function* () {
        const error = yield* complaintAbout(text)
        assert.strictEqual(where(error), at)
        assert.include(error.problem, problem)
        assert.notInclude(error.problem, "\n")
        assert.strictEqual(error.suggestion, suggestion)
        assert.include(error.message, `.agent/config.yml:${at}: `)
      }).pipe(Effect.provide(Scratch.layer))
    )
  }

  it.effect("such as a missing organization names what is missing", () =>
    Effect.gen(function* () {
      assert.include((yield* complaintAbout("project: web-shop\n")).message, "org")
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe("a secret in the configuration", () => {
  const secret = ["ghp", "Zq7Xn2Lk9Vb4Tm6Rw1Ys8Hd3Jf5Gc0Pa"].join("_")

  const places: ReadonlyArray<readonly [said: string, text: string, at: string]> = [
    ["as the value of a known key", `${minimal}registry: ${secret}\n`, "3:11"],
    ["as the value of an unknown key", `${minimal}token: ${secret}\n`, "3:8"],
    ["in a section", `${minimal}sync:\n  prune: ${secret}\n`, "4:10"],
    ["in quotes", `org: "${secret}"\nproject: web-shop\n`, "1:6"],
    ["in a list", `${minimal}audit:\n  hooks:\n    - echo ${secret}\n`, "5:7"],
    ["in the entry of a list", `${minimal}audit:\n  suppress:\n    - reason: ${secret}\n`, "5:15"],
    ["over several lines", `${minimal}registry: >-\n  see\n  ${secret}\n`, "3:11"],
    ["as a password in the registry's URL", `${minimal}registry: https://me:hunter2@example.com\n`, "3:11"]
  ]
  for (const [said, text, at] of places) {
    it.effect(`${said} is an error with its place, and is not repeated`, () =>
      Effect.gen(function* () {
        const error = yield* complaintAbout(text)
        assert.strictEqual(where(error), at)
        assert.include(error.problem, "looks like a")
        for (const part of [error.message, error.problem, JSON.stringify(error.details), error.suggestion ?? ""]) {
          assert.notInclude(part, secret.slice(4))
          assert.notInclude(part, "hunter2")
        }
      }).pipe(Effect.provide(Scratch.layer))
    )
  }
})

describe("where a value comes from", () => {
  const all = Effect.gen(function* () {
    const scratch = yield* bare
    scratch.write(file, `${minimal}registry: ./of-the-project\n`)
    return scratch
  })

  it.effect("a flag wins over the environment, that over the project, that over the default", () =>
    Effect.gen(function* () {
      const scratch = yield* all
      assert.deepStrictEqual((yield* resolved()).registry, { value: "./of-the-project", origin: "project" })
      yield* environment({ CREWKIT_API_URL: "https://api.example.com" })
      assert.deepStrictEqual((yield* resolved()).registry, { value: "https://api.example.com", origin: "environment" })
      yield* environment({ CREWKIT_REGISTRY: "https://registry.example.com" })
      assert.deepStrictEqual((yield* resolved()).registry, {
        value: "https://registry.example.com",
        origin: "environment"
      })
      assert.deepStrictEqual((yield* resolved({ registry: "../flag" })).registry, {
        value: scratch.path("flag"),
        origin: "flag"
      })
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("an empty variable and an empty flag are as if they were not there", () =>
    Effect.gen(function* () {
      yield* all
      yield* environment({ CREWKIT_REGISTRY: "", CREWKIT_API_URL: "" })
      assert.strictEqual((yield* resolved({ registry: "" })).registry.origin, "project")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("a folder named by a flag or the environment is below where the command runs", () =>
    Effect.gen(function* () {
      const scratch = yield* all
      fs.mkdirSync(scratch.path("project/sub"))
      const below = yield* resolvedIn(scratch.path("project/sub"), { registry: "here" })
      assert.strictEqual(below.registry.value, scratch.path("project/sub/here"))
      assert.strictEqual(below.registryKind, "folder")
      yield* environment({ CREWKIT_REGISTRY: "there" })
      assert.strictEqual((yield* resolved()).registry.value, scratch.path("project/there"))
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("a role comes from the flag, else from the person's own configuration", () =>
    Effect.gen(function* () {
      const scratch = yield* all
      assert.isUndefined((yield* resolved()).role)
      scratch.write(userFile, "role: junior\n")
      assert.deepStrictEqual((yield* resolved()).role, { value: Slug.make("junior"), origin: "user" })
      assert.deepStrictEqual((yield* resolved({ role: "senior" })).role, { value: Slug.make("senior"), origin: "flag" })
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("the person's own configuration is as closed as the project's", () =>
    Effect.gen(function* () {
      const scratch = yield* all
      scratch.write(userFile, "rol: junior\n")
      const error = yield* Effect.flip(resolved())
      assert.strictEqual(error._tag, "ConfigInvalid")
      assert.include(error.message, `${scratch.path(userFile)}:1:1: unknown key rol`)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("a role that is no slug is an error of the flag", () =>
    Effect.gen(function* () {
      yield* all
      const error = yield* Effect.flip(resolved({ role: "../senior" }))
      assert.strictEqual(error._tag === "ConfigInvalid" ? error.file : error._tag, "--role")
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe("a registry", () => {
  const kinds: ReadonlyArray<readonly [registry: string, kind: "https" | "folder"]> = [
    ["https://registry.example.com/team", "https"],
    ["HTTPS://registry.example.com", "https"],
    ["http://localhost:8080", "https"],
    ["http://127.0.0.1:8080", "https"],
    ["http://[::1]:8080", "https"],
    ["./agents-registry", "folder"],
    ["/srv/registry", "folder"],
    ["../a registry of ours", "folder"]
  ]
  for (const [registry, kind] of kinds) {
    it.effect(`${registry} is reached as ${kind}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* reading(`${minimal}registry: "${registry}"\n`)).registryKind, kind)
      }).pipe(Effect.provide(Scratch.layer))
    )
  }

  for (const registry of [
    "http://registry.example.com",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "http://10.0.0.1",
    "ftp://localhost",
    "file:///srv/registry",
    "javascript://localhost/%0aalert(1)",
    "https://",
    "https://someone@registry.example.com"
  ]) {
    it.effect(`${registry} is refused, wherever it is named`, () =>
      Effect.gen(function* () {
        const inFile = yield* Effect.flip(reading(`${minimal}registry: "${registry}"\n`))
        assert.strictEqual(inFile._tag, "ConfigInvalid")
        const byFlag = yield* Effect.flip(reading(minimal, { registry }))
        assert.strictEqual(byFlag._tag === "ConfigInvalid" ? byFlag.file : byFlag._tag, "flag")
      }).pipe(Effect.provide(Scratch.layer))
    )
  }
})

describe("the project's root", () => {
  it.effect("is found from a folder below", () =>
    Effect.gen(function* () {
      const scratch = yield* bare
      scratch.write(file, minimal)
      fs.mkdirSync(scratch.path("project/a/b"), { recursive: true })
      assert.strictEqual((yield* resolvedIn(scratch.path("project/a/b"))).root, scratch.path("project"))
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("is the nearest one", () =>
    Effect.gen(function* () {
      const scratch = yield* bare
      scratch.write(file, minimal)
      scratch.write("project/inner/.agent/config.yml", "org: inner\nproject: web-shop\n")
      fs.mkdirSync(scratch.path("project/inner/deep"))
      const found = yield* resolvedIn(scratch.path("project/inner/deep"))
      assert.strictEqual(found.root, scratch.path("project/inner"))
      assert.strictEqual(found.org.value, "inner")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("is not looked for above the repository: what lies there may be somebody else's", () =>
    Effect.gen(function* () {
      const scratch = yield* bare
      scratch.write(".agent/config.yml", minimal)
      const error = yield* Effect.flip(resolved())
      assert.strictEqual(error._tag, "ConfigMissing")
      fs.rmSync(scratch.path("project/.git"), { recursive: true })
      scratch.write("project/.git", "gitdir: elsewhere\n")
      assert.strictEqual((yield* Effect.flip(resolved()))._tag, "ConfigMissing")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("is only where the command runs, outside of any repository", () =>
    Effect.gen(function* () {
      const scratch = yield* bare
      fs.rmSync(scratch.path("project/.git"), { recursive: true })
      scratch.write(file, minimal)
      fs.mkdirSync(scratch.path("project/a"))
      assert.strictEqual((yield* resolved()).root, scratch.path("project"))
      assert.strictEqual((yield* Effect.flip(resolvedIn(scratch.path("project/a"))))._tag, "ConfigMissing")
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe("a new configuration", () => {
  const wanted: NewConfig = {
    org: Slug.make("acme"),
    project: Slug.make("web-shop"),
    registry: undefined,
    force: false
  }
  const creating = (change: Partial<NewConfig> = {}) =>
    Effect.flatMap(Scratch, (scratch) =>
      ProjectConfig.use((config) => config.create({ ...wanted, ...change })).pipe(
        Effect.provide(configIn(scratch.path("project")))
      )
    )

  it.effect("can be read at once, and its private folders are ignored by git", () =>
    Effect.gen(function* () {
      const scratch = yield* bare
      const written = yield* creating({ registry: './a "quoted" folder: here' })
      assert.deepStrictEqual(written, {
        root: scratch.path("project"),
        file: ".agent/config.yml",
        ignored: [".crewkit/", ".agent/local/", ".claude/.backups/"]
      })
      const found = yield* resolved()
      assert.strictEqual(found.org.value, "acme")
      assert.strictEqual(found.project.value, "web-shop")
      assert.strictEqual(found.registry.value, './a "quoted" folder: here')
      assert.deepStrictEqual(scratch.list("project/.agent"), ["config.yml"])
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("does not replace one that is there, unless it is told to", () =>
    Effect.gen(function* () {
      const scratch = yield* bare
      scratch.write(file, minimal)
      assert.strictEqual((yield* Effect.flip(creating({ org: Slug.make("other") })))._tag, "ConfigExists")
      assert.strictEqual(scratch.read(file), minimal)
      yield* creating({ org: Slug.make("other"), force: true })
      assert.strictEqual((yield* resolved()).org.value, "other")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("adds to .gitignore only what is not there, once, and leaves the rest as it is", () =>
    Effect.gen(function* () {
      const scratch = yield* bare
      scratch.write("project/.gitignore", "node_modules\n/.crewkit\n.agent/local/")
      assert.deepStrictEqual((yield* creating()).ignored, [".claude/.backups/"])
      const once = scratch.read("project/.gitignore")
      assert.isTrue(once.startsWith("node_modules\n/.crewkit\n.agent/local/\n\n"))
      assert.isTrue(once.endsWith("\n.claude/.backups/\n"))
      assert.deepStrictEqual((yield* creating({ force: true })).ignored, [])
      assert.strictEqual(scratch.read("project/.gitignore"), once)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("is not written through a link", () =>
    Effect.gen(function* () {
      const scratch = yield* bare
      scratch.write("outside/config.yml", "not ours")
      scratch.link(scratch.path("outside"), "project/.agent")
      assert.strictEqual((yield* Effect.flip(creating({ force: true })))._tag, "UnsafePath")
      fs.unlinkSync(scratch.path("project/.agent"))
      scratch.link(scratch.path("outside/config.yml"), file)
      assert.strictEqual((yield* Effect.flip(creating({ force: true })))._tag, "UnsafePath")
      assert.strictEqual(scratch.read("outside/config.yml"), "not ours")
    }).pipe(Effect.provide(Scratch.layer))
  )
})
