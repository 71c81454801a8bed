import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import { AgentName, Slug } from "../../src/domain/AgentName.ts"
import type { RegistryAnswer } from "../../src/domain/Effective.ts"
import { emptyState, type SyncState } from "../../src/domain/SyncState.ts"
import * as LocalStateNode from "../../src/layers/LocalStateNode.ts"
import { LocalState } from "../../src/services/LocalState.ts"
import * as ProjectConfigMemory from "../fakes/ProjectConfigMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const TestLayer = LocalStateNode.layer.pipe(Layer.provide(ProjectConfigMemory.layer), Layer.provideMerge(Scratch.layer))

const reviewer = AgentName.make("code-reviewer")

const state: SyncState = {
  stateVersion: 1,
  since: 5.25,
  written: { [reviewer]: [1, 2.5, 3, 4, "a"] },
  pending: { [reviewer]: ["b"] },
  last: {
    key: "k",
    etag: '"e"',
    role: Slug.make("junior"),
    desired: { [reviewer]: "b" },
    refused: [{ name: "x", file: "agents/x.md", line: 2, reason: "not YAML" }],
    remarks: [{ name: "y", file: "y.md", text: "has no name" }],
    lock: "1 2 3 4"
  }
}

const answer: RegistryAnswer = {
  etag: '"e"',
  role: { name: Slug.make("junior"), mode: "coaching", promptPrefix: "p", toolsRemoved: ["Bash"] },
  agents: [
    {
      name: reviewer,
      version: "1",
      tiers: ["base", "project"],
      fields: [{ key: "name", value: { a: [1, null] }, tier: "base" }],
      parts: [{ tier: "project", text: "Prompt." }]
    }
  ],
  refused: [],
  remarks: []
}

const read = LocalState.use((local) => local.read)
const remembered = (question: string) => LocalState.use((local) => local.answer(question))

describe("what this machine knows of the project", () => {
  it.effect("is nothing at first", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read, emptyState)
      assert.deepStrictEqual(yield* remembered("q"), Option.none())
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("reads back as it was written", () =>
    Effect.gen(function* () {
      const local = yield* LocalState
      yield* local.write(state)
      yield* local.rememberAnswer("q", answer)
      assert.deepStrictEqual(yield* read, state)
      assert.deepStrictEqual(yield* remembered("q"), Option.some(answer))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("holds the answer to one question: another one has none", () =>
    Effect.gen(function* () {
      const local = yield* LocalState
      yield* local.rememberAnswer("q", answer)
      assert.deepStrictEqual(yield* remembered("other"), Option.none())
      yield* local.rememberAnswer("other", answer)
      assert.deepStrictEqual(yield* remembered("q"), Option.none())
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("that cannot be read counts as absent, whatever is wrong with it", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      const local = yield* LocalState
      yield* local.write(state)
      yield* local.rememberAnswer("q", answer)
      const [good, goodAnswer] = ["state.json", "answer.json"].map((file) => scratch.read(`project/.crewkit/${file}`))
      assert.isDefined(good)
      assert.isDefined(goodAnswer)
      const broken = (text: string) => [
        "",
        "null",
        "[]",
        "not JSON",
        text.slice(0, -1),
        text.slice(0, text.length / 2),
        "\u0000".repeat(20),
        `\ufeff${text}`
      ]
      for (const text of [...broken(good), good.replace('"stateVersion":1', '"stateVersion":2')]) {
        scratch.write("project/.crewkit/state.json", text)
        assert.deepStrictEqual(yield* read, emptyState, text)
      }
      for (const text of [...broken(goodAnswer), goodAnswer.replace('"coaching"', '"free"')]) {
        scratch.write("project/.crewkit/answer.json", text)
        assert.deepStrictEqual(yield* remembered("q"), Option.none(), text)
      }
      scratch.write("project/.crewkit/state.json", new Uint8Array([0xff, 0xfe, 0x00]))
      assert.deepStrictEqual(yield* read, emptyState)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("never holds a name that leads out of the folder, even where the file says so", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      yield* LocalState.use((local) => local.write(state))
      const text = scratch.read("project/.crewkit/state.json").replaceAll("code-reviewer", "../../.bashrc")
      scratch.write("project/.crewkit/state.json", text)
      const found = yield* read
      assert.deepStrictEqual([...Object.keys(found.written), ...Object.keys(found.pending)], [])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is private, and leaves no temporary file", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      const local = yield* LocalState
      yield* local.write(state)
      yield* local.rememberAnswer("q", answer)
      assert.deepStrictEqual(scratch.list("project/.crewkit"), ["answer.json", "state.json"])
      if (process.platform === "win32") return
      for (const [place, mode] of [
        ["project/.crewkit", 0o700],
        ["project/.crewkit/state.json", 0o600],
        ["project/.crewkit/answer.json", 0o600]
      ] as const) {
        assert.strictEqual(fs.statSync(scratch.path(place)).mode & 0o777, mode, place)
      }
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is not written where .crewkit leads out of the project", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      fs.mkdirSync(scratch.path("outside"))
      scratch.link(scratch.path("outside"), "project/.crewkit")
      const local = yield* LocalState
      for (const work of [local.write(state), local.rememberAnswer("q", answer)]) {
        assert.strictEqual((yield* Effect.flip(work))._tag, "UnsafePath")
      }
      assert.deepStrictEqual(scratch.list("outside"), [])
    }).pipe(Effect.provide(TestLayer))
  )
})
