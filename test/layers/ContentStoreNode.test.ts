import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as ContentStoreNode from "../../src/layers/ContentStoreNode.ts"
import { sha256 } from "../../src/layers/nodeFs.ts"
import { ContentStore } from "../../src/services/ContentStore.ts"
import * as ProjectConfigMemory from "../fakes/ProjectConfigMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const TestLayer = ContentStoreNode.layer.pipe(
  Layer.provide(ProjectConfigMemory.layer),
  Layer.provideMerge(Scratch.layer)
)

const folder = "project/.crewkit/objects"

const contents = (...texts: ReadonlyArray<string>): ReadonlyMap<string, Uint8Array> =>
  new Map(texts.map((text) => [sha256(text), new TextEncoder().encode(text)]))

const put = (...texts: ReadonlyArray<string>) => ContentStore.use((store) => store.put(contents(...texts)))

/** The texts that the store has of those asked for, sorted. */
const has = (...texts: ReadonlyArray<string>) =>
  Effect.map(
    ContentStore.use((store) => store.get(new Set(texts.map(sha256)))),
    (found) => {
      for (const [hash, content] of found) assert.strictEqual(sha256(content), hash)
      return [...found.values()].map((content) => new TextDecoder().decode(content)).sort()
    }
  )

describe("the content store", () => {
  it.effect("has nothing at first", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* has("one"), [])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("gives back what was put, of one time or of several, and only what is asked for", () =>
    Effect.gen(function* () {
      yield* put("one\n", "", "two: ö\r\n")
      yield* put("three")
      assert.deepStrictEqual(yield* has("three", "one\n", "never put", ""), ["", "one\n", "three"])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("keeps bytes that are no text, line ends and JSON among them", () =>
    Effect.gen(function* () {
      const bytes = new Uint8Array([0x0a, 0x5b, 0xff, 0x00, 0x0a, 0x0d])
      const store = yield* ContentStore
      yield* store.put(new Map([[sha256(bytes), bytes]]))
      const found = yield* store.get(new Set([sha256(bytes)]))
      assert.deepStrictEqual([...(found.get(sha256(bytes)) ?? [])], [...bytes])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("drops packs of which nothing is used, but for those of the last hour", () =>
    Effect.gen(function* () {
      const { list, path } = yield* Scratch
      yield* put("one", "two")
      yield* put("three")
      yield* put("four")
      const pack = list(folder).find((name) => fs.readFileSync(path(folder, name), "utf8").endsWith("four")) ?? ""
      const now = 100 * 24 * 3600
      yield* TestClock.setTime(now * 1000)
      for (const name of list(folder)) fs.utimesSync(path(folder, name), now - 3601, now - 3601)
      fs.utimesSync(path(folder, pack), now - 3599, now - 3599)
      const store = yield* ContentStore
      const size = fs.statSync(path(folder, pack)).size + "three".length - "four".length
      assert.strictEqual(yield* store.prune(new Set([sha256("two")])), size)
      assert.deepStrictEqual(yield* has("one", "two", "three", "four"), ["four", "one", "two"])
      assert.deepStrictEqual([...(yield* store.missing(new Set([sha256("three")])))], [sha256("three")])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("writes one pack a time, private, and none for what is there already", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      yield* put("one", "two")
      assert.strictEqual(scratch.list(folder).length, 1)
      yield* put("two", "one")
      assert.strictEqual(scratch.list(folder).length, 1)
      yield* put("two", "three")
      assert.strictEqual(scratch.list(folder).length, 2)
      yield* put()
      for (const pack of scratch.list(folder)) {
        assert.match(pack, /^[0-9a-f]{64}\.pack$/)
        if (process.platform !== "win32") {
          assert.strictEqual(fs.statSync(scratch.path(folder, pack)).mode & 0o777, 0o600)
        }
      }
      if (process.platform !== "win32") {
        assert.strictEqual(fs.statSync(scratch.path("project/.crewkit")).mode & 0o777, 0o700)
      }
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("never gives out a content that is not what its hash says", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      yield* put("one", "two", "three")
      const [pack] = scratch.list(folder)
      assert.isDefined(pack)
      const whole = scratch.read(`${folder}/${pack}`)
      const kept: Record<string, ReadonlyArray<string>> = {
        [whole.replace("two", "TWO")]: ["one", "three"],
        [whole.slice(0, -1)]: ["one", "two"],
        [whole.slice(0, whole.indexOf("\n"))]: [],
        [whole.slice(whole.indexOf("\n"))]: [],
        [whole.replace("[[", "[")]: [],
        [whole.replace(",3]", ",-3]")]: [],
        [whole.replace(",3]", ",99999]")]: [],
        "": [],
        "not a pack at all": []
      }
      for (const [text, expected] of Object.entries(kept)) {
        scratch.write(`${folder}/${pack}`, text)
        assert.notStrictEqual(text, whole)
        assert.deepStrictEqual(yield* has("one", "two", "three"), expected, JSON.stringify(text.slice(-20)))
      }
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("finds a content in a second pack where the first is broken", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      yield* put("one", "two")
      const [first] = scratch.list(folder)
      assert.isDefined(first)
      const other = `${folder}/${"f".repeat(64)}.pack`
      fs.copyFileSync(scratch.path(folder, first), scratch.path(other))
      scratch.write(`${folder}/${first}`, scratch.read(`${folder}/${first}`).replace("two", "TWO"))
      assert.deepStrictEqual(yield* has("one", "two"), ["one", "two"])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("reads no file that is not named like a pack", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      yield* put("one")
      const [pack] = scratch.list(folder)
      assert.isDefined(pack)
      fs.renameSync(scratch.path(folder, pack), scratch.path(folder, "other.pack"))
      assert.deepStrictEqual(yield* has("one"), [])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is not written where its folder leads out of the project", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      fs.mkdirSync(scratch.path("outside"))
      scratch.link(scratch.path("outside"), "project/.crewkit")
      assert.strictEqual((yield* Effect.flip(put("one")))._tag, "UnsafePath")
      assert.deepStrictEqual(scratch.list("outside"), [])
    }).pipe(Effect.provide(TestLayer))
  )
})
