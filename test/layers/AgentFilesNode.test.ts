import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { AgentName } from "../../src/domain/AgentName.ts"
import type { FileStamp } from "../../src/domain/FileStamp.ts"
import * as AgentFilesNode from "../../src/layers/AgentFilesNode.ts"
import { sha256 } from "../../src/layers/nodeFs.ts"
import type { Kept } from "../../src/services/Backups.ts"
import { AgentFiles, type Scan } from "../../src/services/AgentFiles.ts"
import * as ProjectConfigMemory from "../fakes/ProjectConfigMemory.ts"
import { Scratch, type ScratchFolder } from "../fakes/Scratch.ts"

const TestLayer = AgentFilesNode.layer.pipe(Layer.provide(ProjectConfigMemory.layer), Layer.provideMerge(Scratch.layer))

const reviewer = AgentName.make("code-reviewer")
const writer = AgentName.make("test-writer")

const folder = "project/.claude/agents"
const file = (name: AgentName): string => `${folder}/${name}.md`

const text = (content: string): Uint8Array => new TextEncoder().encode(content)

const nobodyAsks = () => undefined
const noBackups: ReadonlyMap<AgentName, Kept> = new Map()

const nothingKnown: ReadonlyMap<AgentName, FileStamp> = new Map()

/** A moment after everything that a test writes. */
const later = Number.MAX_SAFE_INTEGER

const writing = (name: AgentName, content: string) =>
  AgentFiles.use((files) => files.write([[name, text(content)]], noBackups, nobodyAsks))

const looking = AgentFiles.use((files) => files.scan(nothingKnown, 0))

const inProject = (scratch: ScratchFolder): ScratchFolder => {
  fs.mkdirSync(scratch.path("project"), { recursive: true })
  fs.mkdirSync(scratch.path("outside", "agents"), { recursive: true })
  scratch.write("outside/agents/code-reviewer.md", "not ours")
  return scratch
}

const started = Effect.map(Scratch, inProject)

describe("looking at the agent files", () => {
  it.effect("finds none where there is no folder", () =>
    Effect.gen(function* () {
      yield* started
      assert.deepStrictEqual(yield* looking, { files: new Map(), irregular: new Map() } satisfies Scan)
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("knows each by the hash of its bytes, and passes over what cannot be an agent's", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      scratch.write(file(reviewer), "one")
      scratch.write(`${folder}/Notes.md`, "x")
      scratch.write(`${folder}/readme.txt`, "x")
      scratch.write(`${folder}/team/nested.md`, "x")
      scratch.write(`${folder}/.crewkit-00000000-0000-0000-0000-000000000000.tmp`, "left by a killed sync")
      const { files, irregular } = yield* looking
      assert.deepStrictEqual([...files.keys()], [reviewer])
      assert.strictEqual(files.get(reviewer)?.sha256, sha256("one"))
      assert.deepStrictEqual(irregular, new Map())
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("does not read a file again whose stamp still fits", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      scratch.write(file(reviewer), "one")
      const files = yield* AgentFiles
      const stamp = (yield* files.scan(nothingKnown, 0)).files.get(reviewer)
      assert.isDefined(stamp)
      const remembered = { ...stamp, sha256: "as it was remembered" }
      const again = yield* files.scan(new Map([[reviewer, remembered]]), later)
      assert.strictEqual(again.files.get(reviewer)?.sha256, "as it was remembered")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("reads it again where size, time or inode is another", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      scratch.write(file(reviewer), "one")
      const files = yield* AgentFiles
      const stamp = (yield* files.scan(nothingKnown, 0)).files.get(reviewer)
      assert.isDefined(stamp)
      const remembered = { ...stamp, sha256: "as it was remembered" }
      for (const change of [{ size: 4 }, { mtime: 1 }, { ctime: 1 }, { ino: 1 }]) {
        const again = yield* files.scan(new Map([[reviewer, { ...remembered, ...change }]]), later)
        assert.strictEqual(again.files.get(reviewer)?.sha256, sha256("one"), JSON.stringify(change))
      }
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("reads it again where it was changed in the moment of the stamp, which the clock may not tell", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      scratch.write(file(reviewer), "one")
      const files = yield* AgentFiles
      const stamp = (yield* files.scan(nothingKnown, 0)).files.get(reviewer)
      assert.isDefined(stamp)
      const known = new Map([[reviewer, { ...stamp, sha256: "as it was remembered" }]])
      const again = yield* files.scan(known, Math.max(stamp.mtime, stamp.ctime))
      assert.strictEqual(again.files.get(reviewer)?.sha256, sha256("one"))
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("writing agent files", () => {
  it.effect("makes the folder, writes the bytes, and tells the stamp that a scan then finds", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      const files = yield* AgentFiles
      const told = new Map<AgentName, FileStamp>()
      yield* files.write(
        [
          [reviewer, text("one\r\n")],
          [writer, text("")]
        ],
        noBackups,
        (name, stamp) => told.set(name, stamp)
      )
      assert.strictEqual(scratch.read(file(reviewer)), "one\r\n")
      assert.strictEqual(scratch.read(file(writer)), "")
      assert.deepStrictEqual(told, new Map((yield* files.scan(nothingKnown, 0)).files))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("leaves no temporary file", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      yield* writing(reviewer, "one")
      assert.deepStrictEqual(scratch.list(folder), ["code-reviewer.md"])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("puts a new file in place instead of changing the old one, so a reader of the old one keeps it whole", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      yield* writing(reviewer, "old")
      const reader = fs.openSync(scratch.path(file(reviewer)), "r")
      yield* writing(reviewer, "new and longer")
      assert.strictEqual(fs.readFileSync(reader, "utf8"), "old")
      fs.closeSync(reader)
      assert.strictEqual(scratch.read(file(reviewer)), "new and longer")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("fails where a folder has the name of the file, and leaves nothing half-written", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      scratch.write(`${folder}/code-reviewer.md/inside.md`, "x")
      const error = yield* Effect.flip(writing(reviewer, "one"))
      assert.strictEqual(error._tag, "FileError")
      assert.deepStrictEqual(scratch.list(folder), ["code-reviewer.md"])
      assert.strictEqual(scratch.read(`${folder}/code-reviewer.md/inside.md`), "x")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("replaces a link in place of the file and leaves what it led to as it was", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      scratch.link(scratch.path("outside/agents/code-reviewer.md"), file(reviewer))
      yield* writing(reviewer, "ours")
      assert.strictEqual(scratch.read("outside/agents/code-reviewer.md"), "not ours")
      assert.strictEqual(scratch.read(file(reviewer)), "ours")
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("removing and reading agent files", () => {
  it.effect("removes just the named ones", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      yield* writing(reviewer, "one")
      yield* writing(writer, "two")
      yield* AgentFiles.use((files) => files.remove([writer], noBackups))
      assert.deepStrictEqual(scratch.list(folder), ["code-reviewer.md"])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("fails to remove or to read what is not there", () =>
    Effect.gen(function* () {
      yield* started
      const files = yield* AgentFiles
      for (const failing of [Effect.asVoid(files.remove([writer], noBackups)), Effect.asVoid(files.read(writer))]) {
        const error = yield* Effect.flip(failing)
        assert.strictEqual(error._tag === "FileError" ? error.code : error._tag, "ENOENT")
      }
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("reads the bytes as they are", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      const bytes = new Uint8Array([0xff, 0x00, 0x0d, 0x0a])
      scratch.write(file(reviewer), bytes)
      const found = yield* AgentFiles.use((files) => files.read(reviewer))
      assert.deepStrictEqual([...found], [...bytes])
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("the folder of the agents", () => {
  it.effect("is made where it is missing, for Claude Code watches it only if it was there at its start", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      assert.strictEqual(yield* AgentFiles.use((files) => files.ensure), scratch.path(folder))
      assert.deepStrictEqual(scratch.list(folder), [])
      assert.strictEqual(yield* AgentFiles.use((files) => files.ensure), scratch.path(folder))
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("a link that leads out of the project", () => {
  const everyCall = Effect.gen(function* () {
    const files = yield* AgentFiles
    return [
      ["scan", Effect.asVoid(files.scan(nothingKnown, 0))],
      ["read", Effect.asVoid(files.read(reviewer))],
      ["write", files.write([[reviewer, text("ours")]], noBackups, nobodyAsks)],
      ["ensure", Effect.asVoid(files.ensure)],
      ["check", files.check([reviewer])]
    ] as const
  })

  const places: ReadonlyArray<readonly [said: string, lay: (scratch: ScratchFolder) => void]> = [
    ["in place of .claude", (scratch) => scratch.link(scratch.path("outside"), "project/.claude")],
    ["in place of .claude/agents", (scratch) => scratch.link(scratch.path("outside/agents"), folder)],
    ["with a relative target", (scratch) => scratch.link("../../outside/agents", folder)],
    ["to the folder above", (scratch) => scratch.link("..", "project/.claude")],
    [
      "by way of a link inside",
      (scratch) => {
        scratch.link(scratch.path("outside/agents"), "project/detour")
        scratch.link("../detour", folder)
      }
    ],
    ["and nowhere", (scratch) => scratch.link(scratch.path("gone"), folder)]
  ]

  for (const [said, lay] of places) {
    it.effect(`${said} is refused by every call, and nothing outside is touched`, () =>
      Effect.gen(function* () {
        const scratch = yield* started
        lay(scratch)
        for (const [call, work] of yield* everyCall) {
          const error = yield* Effect.flip(work)
          assert.strictEqual(error._tag, "UnsafePath", call)
        }
        assert.deepStrictEqual(scratch.list("outside/agents"), ["code-reviewer.md"])
        assert.strictEqual(scratch.read("outside/agents/code-reviewer.md"), "not ours")
      }).pipe(Effect.provide(TestLayer))
    )
  }

  it.effect("in place of an agent's file is named by a scan without following it, and refused by read and check", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      scratch.link(scratch.path("outside/agents/code-reviewer.md"), file(reviewer))
      const files = yield* AgentFiles
      assert.deepStrictEqual(yield* looking, { files: new Map(), irregular: new Map([[reviewer, "it is a link"]]) })
      for (const work of [files.read(reviewer), files.check([writer, reviewer])]) {
        const error = yield* Effect.flip(Effect.asVoid(work))
        assert.strictEqual(error._tag, "UnsafePath")
      }
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is refused in every folder that a sync writes to", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      const files = yield* AgentFiles
      yield* files.check([reviewer, writer])
      for (const place of ["project/.agent", "project/.crewkit", "project/.claude/.backups"]) {
        scratch.link(scratch.path("outside"), place)
        const error = yield* Effect.flip(files.check([]))
        assert.strictEqual(error._tag, "UnsafePath", place)
        fs.unlinkSync(scratch.path(place))
      }
      scratch.link(scratch.path("outside/agents/code-reviewer.md"), "project/.agent/agents.lock")
      assert.strictEqual((yield* Effect.flip(files.check([])))._tag, "UnsafePath")
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect(
    "and one that stays inside are alike in place of an agent's file: neither is read nor written through",
    () =>
      Effect.gen(function* () {
        const scratch = yield* started
        scratch.write("project/notes.md", "not ours")
        scratch.link("../../notes.md", file(reviewer))
        const files = yield* AgentFiles
        assert.deepStrictEqual((yield* looking).irregular, new Map([[reviewer, "it is a link"]]))
        for (const work of [files.read(reviewer), files.check([reviewer])]) {
          assert.strictEqual((yield* Effect.flip(Effect.asVoid(work)))._tag, "UnsafePath")
        }
        yield* writing(reviewer, "ours")
        assert.strictEqual(scratch.read("project/notes.md"), "not ours")
      }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is told from one that stays inside in place of a folder, which is followed", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      fs.mkdirSync(scratch.path("project/shared/agents"), { recursive: true })
      scratch.link(scratch.path("project/shared"), "project/.claude")
      yield* writing(reviewer, "ours")
      assert.strictEqual(scratch.read("project/shared/agents/code-reviewer.md"), "ours")
      assert.strictEqual((yield* looking).files.size, 1)
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("what is no regular file", () => {
  it.effect("in place of an agent's file is named by a scan, and refused by read and check", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      fs.mkdirSync(scratch.path(file(reviewer)), { recursive: true })
      const files = yield* AgentFiles
      assert.deepStrictEqual((yield* looking).irregular, new Map([[reviewer, "it is not a regular file"]]))
      for (const work of [files.read(reviewer), files.check([writer, reviewer])]) {
        const error = yield* Effect.flip(Effect.asVoid(work))
        assert.strictEqual(error._tag, "UnsafePath")
      }
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("is refused in place of a folder", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      scratch.write("project/.claude", "a file")
      const error = yield* Effect.flip(writing(reviewer, "ours"))
      assert.strictEqual(error._tag === "UnsafePath" ? error.reason : error._tag, "it is not a folder")
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("personal overlays", () => {
  it.effect("are the agents' files in .agent/local, by name", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      const overlays = AgentFiles.use((files) => files.overlays)
      assert.deepStrictEqual(yield* overlays, new Map())
      scratch.write("project/.agent/local/code-reviewer.md", "mine: ö")
      scratch.write("project/.agent/local/README", "x")
      assert.deepStrictEqual(yield* overlays, new Map([[reviewer, "mine: ö"]]))
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect("are refused where they are links, folders or no UTF-8", () =>
    Effect.gen(function* () {
      const scratch = yield* started
      const place = "project/.agent/local/code-reviewer.md"
      const failure = Effect.map(Effect.flip(AgentFiles.use((files) => files.overlays)), ({ _tag }) => _tag)
      scratch.link(scratch.path("outside/agents/code-reviewer.md"), place)
      assert.strictEqual(yield* failure, "UnsafePath")
      fs.unlinkSync(scratch.path(place))
      scratch.write(place, new Uint8Array([0xc3, 0x28]))
      assert.strictEqual(yield* failure, "FileError")
      fs.unlinkSync(scratch.path(place))
      fs.mkdirSync(scratch.path(place))
      assert.strictEqual(yield* failure, "UnsafePath")
      fs.rmSync(scratch.path("project/.agent/local"), { recursive: true })
      scratch.link(scratch.path("outside/agents"), "project/.agent/local")
      assert.strictEqual(yield* failure, "UnsafePath")
    }).pipe(Effect.provide(TestLayer))
  )
})
