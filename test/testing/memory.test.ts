/** What `@crewkit/cli/testing` has in memory does what the live layers do: the same steps, the same answers. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Ref, Schema } from "effect"
import { TestClock } from "effect/testing"
import { HttpClient } from "effect/http"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { Caller } from "../../src/api/Caller.ts"
import { AgentName, Slug } from "../../src/domain/AgentName.ts"
import { AgentUnknown } from "../../src/domain/errors.ts"
import type { SessionStarted } from "../../src/domain/logEvents.ts"
import * as AgentFilesNode from "../../src/layers/AgentFilesNode.ts"
import * as AgentFormatYaml from "../../src/layers/AgentFormatYaml.ts"
import * as BackupsNode from "../../src/layers/BackupsNode.ts"
import * as ContentFolderNode from "../../src/layers/ContentFolderNode.ts"
import * as LockNode from "../../src/layers/LockNode.ts"
import { sha256 } from "../../src/layers/nodeFs.ts"
import { makeEmbeddedClient } from "../../src/layers/registryEmbedded.ts"
import { AgentFiles } from "../../src/services/AgentFiles.ts"
import { Backups, type Kept } from "../../src/services/Backups.ts"
import { Http } from "../../src/services/Http.ts"
import { Lock } from "../../src/services/Lock.ts"
import { Output } from "../../src/services/Output.ts"
import { Registry } from "../../src/services/Registry.ts"
import { SessionLog } from "../../src/services/SessionLog.ts"
import * as Testing from "../../src/testing/testing.ts"
import * as ProjectConfigScratch from "../fakes/ProjectConfigMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const one = AgentName.make("one")
const two = AgentName.make("two")
const october = Date.UTC(2026, 9, 11, 14, 30, 22, 123)

/** The lock's folder is there since `init`. */
const initialized = Layer.effectDiscard(
  Effect.map(Scratch, (scratch) => scratch.write("project/.agent/config.yml", "org: acme\nproject: web-shop\n"))
)
const onDisk = BackupsNode.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(AgentFilesNode.layer, LockNode.layer)),
  Layer.provide(Layer.mergeAll(ProjectConfigScratch.layer, initialized)),
  Layer.provide(Scratch.layer)
)
const inMemory = Layer.mergeAll(
  Testing.AgentFilesMemory.layer,
  Testing.BackupsMemory.layer,
  Testing.LockMemory.layer
).pipe(Layer.provideMerge(Testing.ProjectFolder.layer()))

const shown = (kept: ReadonlyMap<AgentName, Kept>) => [...kept.values()]

/** Everything that a sync does to a project's folder, and what each step gave. */
const story = Effect.gen(function* () {
  yield* TestClock.setTime(october)
  const files = yield* AgentFiles
  const backups = yield* Backups
  const lock = yield* Lock
  const told: Array<unknown> = []
  const write = (contents: ReadonlyArray<readonly [AgentName, string]>, kept: ReadonlyMap<AgentName, Kept>) =>
    files.write(contents, kept, (name, { sha256: hash, size }, other) =>
      told.push(["written", name, hash, size, other])
    )
  const scanned = Effect.map(files.scan(new Map(), 0), (scan) =>
    [...scan.files].map(([name, stamp]) => `${name} ${stamp.size} ${stamp.sha256}`).sort()
  )
  told.push(yield* scanned, yield* backups.list(undefined), yield* lock.read, yield* lock.fingerprint)
  yield* files.check([one, two])
  yield* write([[one, "first"]], new Map())
  yield* write([[two, "second, ünï"]], new Map())
  told.push(yield* scanned)
  const kept = yield* backups.keep([one, two])
  told.push(shown(kept))
  // As it was kept: no second backup. Saved since by somebody else: one more.
  yield* write([[one, "third"]], kept)
  yield* write([[one, "fourth"]], kept)
  told.push((yield* backups.list(undefined)).map(({ name, path, size, time }) => [name, path, size, time]))
  told.push(shown(yield* files.remove([one, two], kept)))
  told.push(yield* scanned)
  told.push((yield* backups.list(one)).map(({ path }) => path))
  const newest = yield* backups.find(one, undefined)
  told.push(newest.backup, new TextDecoder().decode(newest.content))
  const oldest = yield* backups.find(one, "2026-10-11T14-30-22-123Z")
  told.push(oldest.backup, new TextDecoder().decode(oldest.content))
  told.push((yield* Effect.flip(backups.find(two, "2020")))._tag)
  const missing = yield* Effect.flip(files.read(two))
  told.push(missing._tag, "code" in missing ? missing.code : "")
  const text = {
    lockVersion: 1 as const,
    org: Slug.make("acme"),
    project: Slug.make("web-shop"),
    agents: { [one]: { version: "1", tiers: ["base" as const], sha256: { senior: sha256("first") } } }
  }
  const before = yield* lock.fingerprint
  const after = yield* lock.write(text)
  told.push(before === after, after === (yield* lock.fingerprint), yield* lock.read)
  return told
})

describe("a project in memory", () => {
  it.effect("goes the way of one on a disk, step by step", () =>
    Effect.gen(function* () {
      const memory = yield* Effect.provide(story, inMemory)
      assert.deepStrictEqual(memory, yield* Effect.provide(story, onDisk))
      assert.isAbove(memory.length, 18)
    })
  )

  it.effect("reads overlays, and shows a test its files", () =>
    Effect.gen(function* () {
      const files = yield* AgentFiles
      assert.deepStrictEqual([...(yield* files.overlays)], [[one, "mine"]])
      assert.strictEqual(yield* files.ensure, "/project/.claude/agents")
      const folder = yield* Testing.ProjectFolder.ProjectFolder
      assert.deepStrictEqual(yield* folder.paths, [".agent/local/one.md", "README.md"])
      assert.isTrue(yield* folder.remove("README.md"))
      assert.isFalse(yield* folder.remove("README.md"))
    }).pipe(
      Effect.provide(
        Layer.provideMerge(
          Testing.AgentFilesMemory.layer,
          Testing.ProjectFolder.layer({ ".agent/local/one.md": "mine", "README.md": "" })
        )
      )
    )
  )

  it.effect("has a lock that is broken where its text is none", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Lock.use((lock) => lock.read))
      assert.strictEqual(error._tag, "LockInvalid")
    }).pipe(
      Effect.provide(
        Layer.provideMerge(Testing.LockMemory.layer, Testing.ProjectFolder.layer({ ".agent/agents.lock": "<<<<<<<" }))
      )
    )
  )
})

const example = join(dirname(dirname(import.meta.dirname)), "examples", "registry")
const exampleFiles: Record<string, string> = Object.fromEntries(
  fs
    .readdirSync(example, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(?:md|yml)$/.test(path))
    .map((path) => [path.replaceAll("\\", "/"), fs.readFileSync(join(example, path), "utf8")])
)

const answerOf = (etag?: string) => Registry.use((registry) => registry.effective({ role: undefined, etag }))

describe("a registry in memory", () => {
  it.effect("answers as the folder does, to the ETag", () =>
    Effect.gen(function* () {
      const memory = yield* answerOf().pipe(
        Effect.provide(
          Layer.provideMerge(
            Testing.RegistryMemory.layer(exampleFiles, { email: "ada@acme.example" }),
            Testing.ProjectConfigMemory.layer()
          )
        )
      )
      const disk = yield* Effect.flatMap(makeEmbeddedClient("registry"), (client) =>
        client.effective({ project: Slug.make("web-shop"), role: undefined, etag: undefined })
      ).pipe(
        Effect.provide(
          Layer.mergeAll(
            Layer.succeed(Caller, { org: Slug.make("acme"), email: Effect.succeedSome("ada@acme.example") }),
            AgentFormatYaml.layer,
            ContentFolderNode.layer({ folder: example, label: "registry", index: join(example, "no-index.json") })
          )
        ),
        Effect.scoped
      )
      assert.deepStrictEqual(memory._tag === "Fresh" ? memory.answer : undefined, disk)
      assert.isAbove(disk?.agents.length ?? 0, 10)
    })
  )

  it.effect("says nothing new until a test changes its files, and refuses what the folder refuses", () =>
    Effect.gen(function* () {
      const first = yield* answerOf()
      const etag = first._tag === "Fresh" ? first.answer.etag : ""
      assert.strictEqual((yield* answerOf(etag))._tag, "NotModified")
      const files = yield* Testing.RegistryMemory.RegistryFiles
      yield* Ref.update(files, (all) =>
        new Map(all).set("agents/Not A Name.md", "x").set("agents/big.md", "x".repeat(2 ** 21))
      )
      const then = yield* answerOf(etag)
      assert.deepStrictEqual(
        then._tag === "Fresh" ? then.answer.refused.map(({ file, reason }) => `${file}: ${reason}`) : [],
        [
          "agents/Not A Name.md: a file name is lower-case letters, digits and hyphens, at most 64, then .md",
          "agents/big.md: larger than 1 MiB"
        ]
      )
      yield* Ref.set(files, new Map())
      assert.strictEqual((yield* Effect.flip(answerOf()))._tag, "RegistryUnreachable")
    }).pipe(
      Effect.provide(
        Layer.provideMerge(
          Testing.RegistryMemory.layer({ "agents/one.md": "---\nname: one\ndescription: One.\n---\nOne.\n" }),
          Testing.ProjectConfigMemory.layer()
        )
      )
    )
  )

  it.effect("is asked over somebody's HTTP client, whose wrong answers are told apart", () => {
    const ask = (status: number, body: unknown) =>
      Effect.gen(function* () {
        const http = yield* Http
        const client = yield* http.clientFor("https://registry.example", undefined)
        return yield* Effect.flip(answerOf()).pipe(
          Effect.provide(Testing.RegistryServed.layer("https://registry.example")),
          Effect.provideService(HttpClient.HttpClient, client)
        )
      }).pipe(
        Effect.provide(
          Layer.provideMerge(
            Testing.HttpScripted.layer(() => Testing.HttpScripted.json(status, body)),
            Testing.ProjectConfigMemory.layer()
          )
        )
      )
    return Effect.gen(function* () {
      assert.strictEqual((yield* ask(200, { agents: "none" }))._tag, "ResponseInvalid")
      assert.strictEqual((yield* ask(403, { error: { code: "forbidden", message: "no" } }))._tag, "RegistryRefused")
    })
  })
})

describe("a scripted server", () => {
  it.effect("notes what was asked and when, tokens too, and breaks where it is told to", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1000)
      const http = yield* Http
      const url = new URL("https://registry.example/a")
      yield* http.get(url, Redacted.make("t"))
      yield* http.form("POST", url, { code: Redacted.make("c") })
      const error = yield* Effect.flip(http.get(url))
      assert.strictEqual(error._tag, "ConnectionFailed")
      assert.deepStrictEqual(
        (yield* Ref.get(yield* Testing.HttpScripted.Requests)).map(({ at, fields, method, token }) => [
          at,
          method,
          fields,
          token
        ]),
        [
          [1000, "GET", {}, "t"],
          [1000, "POST", { code: "c" }, undefined],
          [1000, "GET", {}, undefined]
        ]
      )
    }).pipe(
      Effect.provide(
        Testing.HttpScripted.layer((_, count) =>
          count === 2 ? Testing.HttpScripted.broken : Testing.HttpScripted.json(200, {})
        )
      )
    )
  )
})

describe("an output in memory", () => {
  it.effect("keeps texts as a terminal would get them, and the JSON of --json", () =>
    Effect.gen(function* () {
      const output = yield* Output
      yield* output.result(Schema.Struct({ count: Schema.Int }), { count: 2 }, [["2 ", "agents"], ["\u202e"]])
      yield* output.warn("look \u001b[31mhere")
      yield* output.failure(new AgentUnknown({ name: "rev" }))
      assert.strictEqual(yield* output.columns, 40)
      assert.deepStrictEqual(yield* Testing.OutputMemory.printed, [
        { by: "result", text: "2 agents\n\\u{202e}", json: { count: 2 } },
        { by: "warn", text: "look here" },
        {
          by: "failure",
          text: "there is no agent rev",
          json: { code: "AgentUnknown", message: "there is no agent rev", next: "crewkit agents list" }
        }
      ])
    }).pipe(Effect.provide(Testing.OutputMemory.layer({ columns: 40 })))
  )
})

describe("a session log in memory", () => {
  const started: SessionStarted = {
    kind: "sync",
    crewkit: "0.1.0",
    semconv: "1.41.0",
    org: "acme",
    project: "web-shop",
    registry: "folder",
    login: "ada",
    capture: "metadata",
    sensitive: false,
    hooks: false,
    agents: []
  }

  it.effect("records sessions in order, with ids that count", () =>
    Effect.gen(function* () {
      const log = yield* SessionLog
      const [first, second] = [yield* log.open(started), yield* log.open(started)]
      const applied = {
        type: "io.crewkit.sync.applied",
        data: { source: "registry", written: 1, removed: 0, kept: 0, unchanged: 0, refused: 0, lock_changed: true }
      } as const
      assert.strictEqual(yield* first.append(applied), 2)
      yield* first.seal
      yield* first.end({ outcome: "success", exitCode: 0, changes: 1 })
      const all = yield* Ref.get(yield* Testing.SessionLogMemory.RecordedSessions)
      assert.deepStrictEqual(
        all.map(({ ended, events, id, seals }) => [id.slice(-2), events.length, seals, ended?.outcome]),
        [
          ["01", 1, 1, "success"],
          ["02", 0, 0, undefined]
        ]
      )
      yield* log.remove([second.id], "too old")
      assert.strictEqual((yield* Ref.get(yield* Testing.SessionLogMemory.RecordedSessions)).length, 1)
    }).pipe(Effect.scoped, Effect.provide(Testing.SessionLogMemory.layer))
  )
})

describe("a configuration in memory", () => {
  it.effect("is that of acme/web-shop where nothing is said", () =>
    Effect.gen(function* () {
      const { org, project, root } = yield* Testing.ProjectConfig.use((config) => config.resolved)
      assert.deepStrictEqual([org.value, project.value, root], ["acme", "web-shop", "/project"])
    }).pipe(Effect.provide(Testing.ProjectConfigMemory.layer()))
  )
})
