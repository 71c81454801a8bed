/** Settings read from and written to real files. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import { type Setting, type SettingValue, settings } from "../../src/domain/configSettings.ts"
import * as ConfigFilesYaml from "../../src/layers/ConfigFilesYaml.ts"
import { ConfigFiles } from "../../src/services/ConfigFiles.ts"
import { environment } from "../fakes/environment.ts"
import * as InvocationMemory from "../../src/testing/InvocationMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const file = "project/.agent/config.yml"
const userFile = "home/crewkit/config.yml"
const minimal = "org: acme # us\nproject: web\n"

const setting = (key: string): Setting => settings.find((each) => each.key === key) ?? assert.fail(key)

/** A project with this configuration, and a person without one. */
const given = Effect.fnUntraced(function* (text: string) {
  const scratch = yield* Scratch
  yield* environment({ XDG_CONFIG_HOME: scratch.path("home") })
  fs.mkdirSync(scratch.path("project/.git"), { recursive: true })
  scratch.write(file, text)
  return scratch
})

const files = <A, E>(use: (service: ConfigFiles["Service"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(Scratch, (scratch) =>
    ConfigFiles.use(use).pipe(
      Effect.provide(Layer.provide(ConfigFilesYaml.layer, InvocationMemory.layer(scratch.path("project"))))
    )
  )

const read = (key: string) => files((service) => Effect.map(service.read(setting(key)), Option.getOrUndefined))
const write = (key: string, value: SettingValue | undefined) =>
  files((service) => service.write(setting(key), Option.fromUndefinedOr(value)))

describe("the files of settings", () => {
  it.effect("are changed, and left alone where they say so already", () =>
    Effect.gen(function* () {
      const scratch = yield* given(minimal)
      assert.deepStrictEqual(yield* write("sync.prune", false), { before: Option.none(), changed: true })
      assert.strictEqual(scratch.read(file), `${minimal}sync:\n  prune: false\n`)
      const inode = fs.statSync(scratch.path(file)).ino
      assert.deepStrictEqual(yield* write("sync.prune", false), { before: Option.some(false), changed: false })
      assert.strictEqual(fs.statSync(scratch.path(file)).ino, inode)
      assert.strictEqual(yield* read("sync.prune"), false)
      yield* write("sync.prune", undefined)
      assert.strictEqual(scratch.read(file), minimal)
      assert.isUndefined(yield* read("sync.prune"))
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("take every setting but the lists of entries, and give it back", () =>
    Effect.gen(function* () {
      yield* given(minimal)
      const samples: Record<string, SettingValue> = {
        org: "umbrella",
        project: "app",
        registry: "../registry",
        "sessions.capture": "none",
        "audit.failOn": "low",
        "audit.onFinding": "skip",
        "keys.rotateAfterDays": 30,
        "update.check": "daily",
        role: "junior"
      }
      const wanted = settings.filter(({ shape }) => shape !== "entries")
      for (const { key, shape } of wanted) {
        const value = samples[key] ?? (shape === "switch" ? true : shape === "list" ? ["a", "b c"] : "off")
        yield* write(key, value)
        assert.deepStrictEqual(yield* read(key), value, key)
      }
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("make the person's own where there is none, for nobody else to read", () =>
    Effect.gen(function* () {
      const scratch = yield* given(minimal)
      yield* write("role", "junior")
      assert.strictEqual(scratch.read(userFile), "role: junior\n")
      assert.strictEqual(fs.statSync(scratch.path(userFile)).mode & 0o777, 0o600)
      yield* write("role", undefined)
      assert.strictEqual(scratch.read(userFile), "")
      yield* write("update.check", "daily")
      assert.strictEqual(yield* read("update.check"), "daily")
      assert.strictEqual(scratch.read(file), minimal)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("are followed to where a person keeps their own, and nowhere in a project", () =>
    Effect.gen(function* () {
      const scratch = yield* given(minimal)
      scratch.write("dotfiles/crewkit.yml", "role: senior # for now\n")
      scratch.link(scratch.path("dotfiles/crewkit.yml"), userFile)
      yield* write("role", "junior")
      assert.strictEqual(scratch.read("dotfiles/crewkit.yml"), "role: junior # for now\n")
      assert.isTrue(fs.lstatSync(scratch.path(userFile)).isSymbolicLink())
      scratch.write("elsewhere.yml", minimal)
      fs.rmSync(scratch.path(file))
      scratch.link(scratch.path("elsewhere.yml"), file)
      assert.strictEqual((yield* Effect.flip(write("sync.prune", true)))._tag, "UnsafePath")
      assert.strictEqual(scratch.read("elsewhere.yml"), minimal)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("are never left in a state that they may not be in", () =>
    Effect.gen(function* () {
      const scratch = yield* given(minimal)
      const wrong: ReadonlyArray<readonly [key: string, value: SettingValue | undefined, tag: string]> = [
        ["sessions.capture", "everything", "SettingRefused"],
        ["audit.rules.secret", "loud", "SettingRefused"],
        ["org", "Not A Slug", "SettingRefused"],
        ["project", undefined, "SettingRefused"],
        ["keys.rotateAfterDays", 0, "SettingRefused"],
        ["registry", `ghp_${"a1B2".repeat(9)}`, "ConfigInvalid"]
      ]
      for (const [key, value, tag] of wrong) {
        const error = yield* Effect.flip(write(key, value))
        assert.strictEqual(error._tag, tag, key)
        assert.notInclude(error.message, "ghp_")
      }
      assert.strictEqual(scratch.read(file), minimal)
      assert.isFalse(scratch.exists(userFile))
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("are mended where the value itself was wrong, and not touched where something else is", () =>
    Effect.gen(function* () {
      const scratch = yield* given(`${minimal}sync:\n  prune: maybe\n`)
      const other = yield* Effect.flip(write("sessions.capture", "none"))
      assert.include(other.message, ".agent/config.yml:4:10: sync.prune")
      yield* write("sync.prune", true)
      assert.strictEqual(scratch.read(file), `${minimal}sync:\n  prune: true\n`)
      scratch.write(file, "org: [\n")
      assert.strictEqual((yield* Effect.flip(write("org", "acme")))._tag, "ConfigInvalid")
      assert.strictEqual(scratch.read(file), "org: [\n")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.live("lose nothing when several are written at once", () =>
    Effect.gen(function* () {
      const scratch = yield* given(minimal)
      const changes = ["secret", "persistence", "reverse-shell", "pipe-to-shell"].map((id) =>
        write(`audit.rules.${id}`, "off")
      )
      yield* Effect.all(changes, { concurrency: "unbounded" })
      assert.strictEqual(scratch.read(file).match(/: off$/gm)?.length, 4)
    }).pipe(Effect.provide(Scratch.layer))
  )
})
