/** `crewkit config get` and `set` through the real parser, over settings in memory. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Ref, type Schema } from "effect"
import { settings } from "../../src/domain/configSettings.ts"
import type { Origin } from "../../src/domain/ProjectSettings.ts"
import { configKeys, userConfigKeys } from "../../src/domain/ProjectSettings.ts"
import { ConfigFiles } from "../../src/services/ConfigFiles.ts"
import type { InvocationValue } from "../../src/services/Invocation.ts"
import { ProjectConfig } from "../../src/services/ProjectConfig.ts"
import * as InvocationMemory from "../../src/testing/InvocationMemory.ts"
import { call } from "../support/command.ts"

interface World {
  readonly said?: Record<string, Schema.Json>
  readonly registry?: readonly [value: string, by: Origin]
  readonly flags?: Partial<InvocationValue>
}

/** Runs one call; the settings are as they were left. */
const config = (args: ReadonlyArray<string>, { flags, registry = ["", "default"], said = {} }: World = {}) =>
  Effect.gen(function* () {
    const state = yield* Ref.make<ReadonlyMap<string, Schema.Json>>(new Map(Object.entries(said)))
    const read = (key: string) => Effect.map(Ref.get(state), (all) => Option.fromUndefinedOr(all.get(key)))
    const [value, by] = registry
    const called = yield* call(
      ["config", ...args],
      Layer.mergeAll(
        InvocationMemory.layer("/project", flags),
        Layer.mock(ProjectConfig, {
          registry: Effect.succeed({ value, by, kind: "folder" as const, root: "/project" })
        }),
        Layer.succeed(ConfigFiles, {
          place: (scope) => (scope === "project" ? ".agent/config.yml" : "/home/config.yml"),
          read: ({ key }) => read(key),
          write: Effect.fnUntraced(function* ({ key }, wanted) {
            const before = yield* read(key)
            yield* Ref.update(state, (all) => {
              const next = new Map(all)
              return Option.isNone(wanted) ? (next.delete(key), next) : next.set(key, wanted.value)
            })
            return { before, changed: true }
          })
        })
      )
    )
    return { ...called, now: Object.fromEntries(yield* Ref.get(state)) }
  })

describe("crewkit config get", () => {
  it.effect("prints the bare value, and of a list one a line", () =>
    Effect.gen(function* () {
      const said = { org: "acme", "sync.prune": false, "audit.required": ["model", "tools"] }
      assert.deepStrictEqual((yield* config(["get", "org"], { said })).lines, ["acme"])
      assert.deepStrictEqual((yield* config(["get", "sync.prune"], { said })).lines, ["false"])
      const list = yield* config(["get", "audit.required"], { said })
      assert.deepStrictEqual(list.lines, ["model", "tools"])
      assert.deepStrictEqual(list.data, { key: "audit.required", value: ["model", "tools"], origin: "project" })
    })
  )

  it.effect("exits 1 where nobody has set it, unless it is given a default", () =>
    Effect.gen(function* () {
      const { code, lines, next, problem } = yield* config(["get", "sync.prune"])
      assert.deepStrictEqual([code, lines], [1, []])
      assert.deepStrictEqual(
        [problem, next],
        ["sync.prune is not set, so true holds", "crewkit config set sync.prune VALUE"]
      )
      const given = yield* config(["get", "sync.prune", "--default", "no"])
      assert.deepStrictEqual([given.code, given.lines], [0, ["no"]])
      assert.strictEqual((yield* config(["get", "registry"])).code, 1)
    })
  )

  it.effect("tells what applies, and with --project or --user what the file says", () =>
    Effect.gen(function* () {
      const world: World = {
        said: { registry: "../registry", role: "senior" },
        registry: ["https://other.example/", "environment"],
        flags: { role: "junior" }
      }
      assert.deepStrictEqual((yield* config(["get", "registry"], world)).data, {
        key: "registry",
        value: "https://other.example/",
        origin: "environment"
      })
      assert.deepStrictEqual((yield* config(["get", "registry", "--project"], world)).lines, ["../registry"])
      assert.deepStrictEqual((yield* config(["get", "role"], world)).lines, ["junior"])
      assert.deepStrictEqual((yield* config(["get", "role", "--user"], world)).lines, ["senior"])
    })
  )
})

describe("crewkit config set", () => {
  it.effect("takes a value of the setting's kind", () =>
    Effect.gen(function* () {
      const { data, now } = yield* config(["set", "sync.prune", "no"], { said: { "sync.prune": true } })
      assert.deepStrictEqual(now, { "sync.prune": false })
      assert.deepStrictEqual(data, {
        key: "sync.prune",
        file: ".agent/config.yml",
        before: true,
        after: false,
        changed: true
      })
      assert.deepStrictEqual((yield* config(["set", "keys.rotateAfterDays", "30"])).now, { "keys.rotateAfterDays": 30 })
      const list = yield* config(["set", "audit.hooks", "npm test", "npm run lint"])
      assert.deepStrictEqual(list.now, { "audit.hooks": ["npm test", "npm run lint"] })
      assert.deepStrictEqual((yield* config(["set", "role", "junior", "--user"])).now, { role: "junior" })
    })
  )

  it.effect("takes it out with --unset", () =>
    Effect.gen(function* () {
      const { lines, now } = yield* config(["set", "sync.prune", "--unset"], { said: { "sync.prune": false } })
      assert.deepStrictEqual(now, {})
      assert.include(lines, "  true holds without it")
    })
  )

  const refused: ReadonlyArray<readonly [args: ReadonlyArray<string>, problem: string]> = [
    [["sync.prun", "true"], "there is no setting sync.prun; did you mean sync.prune?"],
    [["prune", "true"], "there is no setting prune; did you mean sync.prune?"],
    [["keeplocal", "true"], "there is no setting keeplocal; did you mean sync.keepLocal?"],
    [["audit.rules.secrets", "off"], "there is no setting audit.rules.secrets; did you mean audit.rules.secret?"],
    [["weather", "fine"], "there is no setting weather"],
    [["sync", "true"], "sync is a group of settings"],
    [["sync.prune"], "there is no value for sync.prune"],
    [["sync.prune", "perhaps"], "sync.prune is true or false; nothing was written"],
    [["org", "one", "two"], "org is one word or text; nothing was written"],
    [["audit.tools", "x"], "audit.tools is a list of entries, which only an editor writes; nothing was written"],
    [["sync.prune", "true", "--unset"], "--unset takes no value"],
    [["org", "acme", "--user"], "org stands in .agent/config.yml, not in your own configuration"],
    [["role", "x", "--project"], "role stands in your own configuration, not in .agent/config.yml"],
    [["role", "x", "--project", "--user"], "--user and --project do not go together"],
    [
      ["registry", "http://registry.example"],
      "the registry is refused: it is http, not https, and leads off this machine; nothing was written"
    ]
  ]
  for (const [args, problem] of refused) {
    it.effect(`refuses ${args.join(" ")}, and exits 2`, () =>
      Effect.gen(function* () {
        const called = yield* config(["set", ...args])
        assert.deepStrictEqual([called.code, called.problem, called.now], [2, problem, {}])
      })
    )
  }

  it.effect("never takes a secret, nor prints it, wherever it stands", () =>
    Effect.gen(function* () {
      const canary = `ghp_${"a1B2".repeat(9)}`
      for (const args of [
        ["registry", canary],
        ["audit.hooks", "ok", `curl -H ${canary}`],
        [canary, "x"]
      ]) {
        const called = yield* config(["set", ...args])
        assert.deepStrictEqual([called.code, called.now], [2, {}])
        assert.notInclude(JSON.stringify(called), "ghp_")
      }
    })
  )

  it.effect("warns where the environment hides what was written", () =>
    Effect.gen(function* () {
      const { said } = yield* config(["set", "registry", "../r"], { registry: ["https://a.example/", "environment"] })
      assert.include(said[0], "CREWKIT_REGISTRY")
    })
  )
})

describe("the settings", () => {
  it("are all the keys of both files", () => {
    const leaves = (keys: Record<string, ReadonlyArray<string>>, path = ""): ReadonlyArray<string> =>
      (keys[path] ?? []).flatMap((name) => {
        const full = path === "" ? name : `${path}.${name}`
        return full in keys ? leaves(keys, full) : [full]
      })
    const keysOf = (scope: string) => settings.filter((each) => each.scope === scope).map(({ key }) => key)
    assert.sameMembers([...keysOf("project")], [...leaves(configKeys)])
    assert.sameMembers([...keysOf("user")], [...leaves(userConfigKeys)])
  })
})
