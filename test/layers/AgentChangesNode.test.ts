/** What the watcher notices: each change once, whatever the folder goes through. States are judged, not times. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Queue } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { join } from "node:path"
import * as AgentChangesNode from "../../src/layers/AgentChangesNode.ts"
import { AgentChanges, type FileChange } from "../../src/services/AgentChanges.ts"
import * as ProjectConfigMemory from "../fakes/ProjectConfigMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const TestLayer = AgentChangesNode.layer.pipe(
  Layer.provide(ProjectConfigMemory.layer),
  Layer.provideMerge(Scratch.layer)
)

const folder = "project/.claude/agents"
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

/** Files below the folder as they are to be, by name. */
type Files = ReadonlyMap<string, string>

const watching = Effect.gen(function* () {
  const scratch = yield* Scratch
  fs.mkdirSync(scratch.path(folder), { recursive: true })
  const changes = yield* AgentChanges
  yield* changes.look("whole")
  const stirs = yield* Queue.unbounded<true>()
  yield* changes.watch(() => Queue.offerUnsafe(stirs, true))
  const known = new Map([...(yield* changes.seen)].map(([file, { sha256: hash }]) => [file, hash]))
  /** Each change has to begin where the one before it ended, and to be one. */
  const take = ({ after, before, file }: FileChange): void => {
    assert.strictEqual(before?.sha256, known.get(file), `${file}: a change is missing, or told twice`)
    assert.notStrictEqual(after?.sha256, before?.sha256, file)
    if (after === undefined) known.delete(file)
    else known.set(file, after.sha256)
  }
  /** Looks whenever it stirs, until these are the files; gives how many changes there were. */
  const become = (files: Files) =>
    Effect.gen(function* () {
      const due = new Map([...files].map(([name, text]) => [`.claude/agents/${name}`, sha256(text)]))
      const isThere = () => known.size === due.size && [...due].every(([file, hash]) => known.get(file) === hash)
      let count = 0
      while (!isThere()) {
        yield* Queue.takeAll(stirs)
        const found = yield* changes.look("stamps")
        found.forEach(take)
        count += found.length
      }
      return count
    }).pipe(Effect.timeout("20 seconds"))
  return { become, scratch, at: (name: string) => scratch.path(folder, name) }
})

const watched = (title: string, work: (watch: Effect.Success<typeof watching>) => Effect.Effect<void, unknown>) =>
  it.live(title, () => Effect.scoped(Effect.flatMap(watching, work)).pipe(Effect.provide(TestLayer)))

describe("a look at the agents", () => {
  it.effect("tells what has changed in the order in which it was changed, what is gone last", () =>
    Effect.gen(function* () {
      const { path, write } = yield* Scratch
      const changes = yield* AgentChanges
      write(`${folder}/gone.md`, "gone")
      yield* changes.look("whole")
      fs.rmSync(path(folder, "gone.md"))
      for (const [index, name] of ["z", "m/deep", "a", "q"].entries()) {
        write(`${folder}/${name}.md`, name)
        fs.utimesSync(path(folder, `${name}.md`), 1000 + index, 1000 + index)
      }
      assert.deepStrictEqual(
        (yield* changes.look("stamps")).map(({ file }) => file.slice(".claude/agents/".length)),
        ["z.md", "m/deep.md", "a.md", "q.md", "gone.md"]
      )
    }).pipe(Effect.provide(TestLayer))
  )
})

describe("the watcher of the agents", () => {
  watched("finds each of 1,000 files that are made, edited, replaced and deleted in a burst, once", ({ at, become }) =>
    Effect.gen(function* () {
      const names = Array.from({ length: 1000 }, (_, index) => `agent-${index}.md`)
      const as = (text: string): Files => new Map(names.map((name) => [name, `${text} ${name}`]))
      for (const name of names) fs.writeFileSync(at(name), `one ${name}`)
      assert.strictEqual(yield* become(as("one")), 1000)
      for (const name of names) fs.writeFileSync(at(name), `two ${name}`)
      assert.strictEqual(yield* become(as("two")), 1000)
      for (const name of names) {
        fs.writeFileSync(at(".swp"), `six ${name}`)
        fs.renameSync(at(".swp"), at(name))
      }
      assert.strictEqual(yield* become(as("six")), 1000)
      for (const name of names) fs.rmSync(at(name))
      assert.strictEqual(yield* become(new Map()), 1000)
    })
  )

  watched("goes on in the folder that takes the place of the one before", ({ at, become, scratch }) =>
    Effect.gen(function* () {
      fs.writeFileSync(at("a.md"), "one")
      yield* become(new Map([["a.md", "one"]]))
      scratch.write("project/other/b.md", "two")
      fs.renameSync(scratch.path(folder), scratch.path("project/former"))
      fs.renameSync(scratch.path("project/other"), scratch.path(folder))
      yield* become(new Map([["b.md", "two"]]))
      fs.appendFileSync(at("b.md"), " and more")
      yield* become(new Map([["b.md", "two and more"]]))
      fs.rmSync(scratch.path(folder), { recursive: true })
      yield* become(new Map())
      fs.mkdirSync(scratch.path(folder))
      fs.writeFileSync(at("c.md"), "three")
      yield* become(new Map([["c.md", "three"]]))
    })
  )

  watched("sees into folders in the folder, and into one that takes the place of another", ({ at, become, scratch }) =>
    Effect.gen(function* () {
      fs.mkdirSync(at("team/deep"), { recursive: true })
      fs.writeFileSync(at("team/deep/a.md"), "one")
      yield* become(new Map([["team/deep/a.md", "one"]]))
      fs.appendFileSync(at("team/deep/a.md"), " and more")
      yield* become(new Map([["team/deep/a.md", "one and more"]]))
      scratch.write("project/other/b.md", "two")
      fs.renameSync(at("team"), scratch.path("project/former"))
      fs.renameSync(scratch.path("project/other"), at("team"))
      yield* become(new Map([["team/b.md", "two"]]))
      fs.appendFileSync(at("team/b.md"), " and more")
      yield* become(new Map([["team/b.md", "two and more"]]))
    })
  )

  watched("sees through links to files and to folders, and never twice", ({ at, become, scratch }) =>
    Effect.gen(function* () {
      scratch.write("elsewhere/a.md", "one")
      scratch.write("elsewhere/folder/b.md", "two")
      fs.symlinkSync(scratch.path("elsewhere/a.md"), at("a.md"))
      fs.symlinkSync(scratch.path("elsewhere/folder"), at("linked"))
      fs.symlinkSync(scratch.path(folder), at("again"))
      yield* become(
        new Map([
          ["a.md", "one"],
          ["linked/b.md", "two"]
        ])
      )
      fs.appendFileSync(scratch.path("elsewhere/a.md"), " and more")
      fs.appendFileSync(scratch.path("elsewhere/folder/b.md"), " and more")
      yield* become(
        new Map([
          ["a.md", "one and more"],
          ["linked/b.md", "two and more"]
        ])
      )
      fs.rmSync(at("linked"))
      fs.rmSync(scratch.path("elsewhere/a.md"))
      yield* become(new Map())
    })
  )

  watched("ends with the whole of a file that was half-written for a while", ({ at, become }) =>
    Effect.gen(function* () {
      const fd = fs.openSync(at("a.md"), "w")
      fs.writeSync(fd, "half")
      const writer = Effect.sync(() => {
        fs.writeSync(fd, " and half")
        fs.closeSync(fd)
      }).pipe(Effect.delay("200 millis"))
      yield* Effect.all([writer, become(new Map([["a.md", "half and half"]]))], { concurrency: 2 })
    })
  )

  it.live("looks every two seconds where the system has no watch to give", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const real = fs.watch
        const failing = () => {
          throw Object.assign(new Error("no space left on device, watch"), { code: "ENOSPC" })
        }
        // The module's own object: a namespace cannot be written to.
        const own = process.getBuiltinModule("node:fs")
        const become = (watch: typeof fs.watch | typeof failing) =>
          Effect.sync(() => {
            Object.assign(own, { watch })
            syncBuiltinESMExports()
          })
        yield* Effect.acquireRelease(become(failing), () => become(real))
        assert.throws(() => fs.watch("."), /no space left/)
        const watch = yield* watching
        fs.writeFileSync(watch.at("a.md"), "one")
        yield* watch.become(new Map([["a.md", "one"]]))
        fs.mkdirSync(watch.at("team"))
        fs.writeFileSync(join(watch.at("team"), "b.md"), "two")
        yield* watch.become(
          new Map([
            ["a.md", "one"],
            ["team/b.md", "two"]
          ])
        )
      })
    ).pipe(Effect.provide(TestLayer))
  )
})
