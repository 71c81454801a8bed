/**
 * A log over several sessions, segments and seals, made by the real writer and remembered by the keychain; then every
 * change that somebody without that keychain could make to it. All have to be noticed, with the first bad record
 * where it survives. FAULTS=all flips every bit; else a sample of them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import { join } from "node:path"
import type { Fault } from "../../src/domain/logErrors.ts"
import * as SessionLogNode from "../../src/layers/SessionLogNode.ts"
import * as SessionRecordsNode from "../../src/layers/SessionRecordsNode.ts"
import { SessionLog } from "../../src/services/SessionLog.ts"
import { SessionRecords } from "../../src/services/SessionRecords.ts"
import * as LogKeysMemory from "../fakes/LogKeysMemory.ts"
import * as ProjectConfigMemory from "../fakes/ProjectConfigMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"
import { edited, makeLog, started, uuid } from "../support/logMaker.ts"

const all = process.env["FAULTS"] === "all"

const TestLayer = Layer.mergeAll(SessionRecordsNode.layer, SessionLogNode.layer).pipe(
  Layer.provide(ProjectConfigMemory.layer),
  Layer.provideMerge(LogKeysMemory.layer),
  Layer.provideMerge(Scratch.layer)
)

const verify = SessionRecords.use((records) => records.verify(undefined))

/** Files by name. */
type Folder = ReadonlyMap<string, Buffer>

const folderOf = Effect.map(Scratch, ({ path }) => path("project/.crewkit/sessions"))

const read = (folder: string): Folder =>
  new Map(
    fs
      .readdirSync(folder)
      .filter((name) => name.endsWith(".jsonl"))
      .sort()
      .map((name) => [name, fs.readFileSync(join(folder, name))])
  )

/** What is there already in these very bytes is not written again. */
const put = (folder: string, files: Folder, before: Folder): void => {
  fs.mkdirSync(folder, { recursive: true })
  for (const name of fs.readdirSync(folder))
    if (name.endsWith(".jsonl") && !files.has(name)) fs.rmSync(join(folder, name))
  for (const [name, bytes] of files)
    if (before.get(name) !== bytes || !fs.existsSync(join(folder, name))) fs.writeFileSync(join(folder, name), bytes)
}

/** Four sessions: two by the real writer, one over three small segments, one that was cut off and recovered. */
const made = Effect.gen(function* () {
  const folder = yield* folderOf
  const scratch = yield* Scratch
  const log = yield* SessionLog
  const { marks, signer } = yield* LogKeysMemory.KeyState
  const small = makeLog({ folder, ledger: uuid("0"), signer: yield* Ref.get(signer), from: 0 })
  const first = small.session(uuid("1"))
  for (const agent of ["reviewer", "debugger", "tester"]) {
    first.append(edited(agent))
    first.seal()
    first.rotate()
  }
  first.end("success", 3)
  yield* Ref.set(marks, new Map([[scratch.path("project"), small.mark()]]))
  const cut = yield* Effect.scoped(Effect.tap(log.open(started), (session) => session.append(edited("reviewer"))))
  const torn = join(folder, `${cut.id}.0001.jsonl`)
  fs.truncateSync(torn, fs.statSync(torn).size - 40)
  for (const outcome of ["success", "failure"] as const) {
    yield* Effect.scoped(
      Effect.gen(function* () {
        const session = yield* log.open(started)
        yield* session.append(edited("reviewer", 2))
        yield* TestClock.adjust("61 seconds")
        yield* session.append(edited("debugger", 2))
        yield* session.end({ outcome, changes: 2 })
      })
    )
  }
  return read(folder)
})

/** The number of the record that holds this byte, and whether it is there to be named. */
const lineAt = (bytes: Buffer, offset: number): number => {
  let line = 1
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < offset; at = bytes.indexOf(0x0a, at + 1)) line += 1
  return line
}

const saying = (faults: ReadonlyArray<Fault>): string =>
  faults.map(({ file, kind, line }) => `${kind} ${file}:${line}`).join()

describe("tampering with the log", () => {
  it.effect("the untouched log raises no alarm", () =>
    Effect.gen(function* () {
      const files = yield* made
      assert.strictEqual(files.size, 8)
      for (let time = 0; time < 20; time++) assert.deepStrictEqual((yield* verify).faults, [])
    }).pipe(Effect.provide(TestLayer))
  )

  it.effect(
    `a bit is flipped: ${all ? "every one" : "a sample"}`,
    () =>
      Effect.gen(function* () {
        const files = yield* made
        const folder = yield* folderOf
        const missed: Array<string> = []
        const farOff: Array<string> = []
        let tried = 0
        for (const [name, bytes] of files) {
          const path = join(folder, name)
          const bits = bytes.length * 8
          // A prime, so that the bits of a byte and the bytes of a line take turns.
          for (let bit = 0; bit < bits; bit += all ? 1 : 307) {
            const changed = Buffer.from(bytes)
            changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
            fs.writeFileSync(path, changed)
            const { faults } = yield* verify
            tried += 1
            const line = lineAt(bytes, bit >> 3)
            if (faults.length === 0) missed.push(`${name} bit ${bit}, line ${line}`)
            const named = faults.find(({ file }) => file === name)
            // The line itself, or the one after it, whose `prev` no longer fits; or nothing, where the end is gone.
            if (named?.line !== undefined && Math.abs(named.line - line) > 1) {
              farOff.push(`${name} line ${line}: ${saying(faults)}`)
            }
          }
          fs.writeFileSync(path, bytes)
        }
        yield* Effect.logDebug(`${tried} bits flipped`)
        assert.deepStrictEqual({ missed, farOff }, { missed: [], farOff: [] })
        assert.isAbove(tried, 150)
      }).pipe(Effect.provide(TestLayer)),
    { timeout: all ? 3_600_000 : 120_000 }
  )

  it.effect(
    "a line is deleted, doubled, swapped with the next, or put in; a file is cut off after any line or in it",
    () =>
      Effect.gen(function* () {
        const files = yield* made
        const folder = yield* folderOf
        const missed: Array<string> = []
        for (const [name, bytes] of files) {
          const lines = bytes.toString("utf8").split("\n").slice(0, -1)
          const foreign = (files.get("ledger.jsonl") ?? bytes).toString("utf8").split("\n")[1] ?? ""
          const tries: Array<readonly [what: string, text: string]> = []
          const joined = (parts: ReadonlyArray<string>) => parts.map((line) => `${line}\n`).join("")
          for (const [index, line] of lines.entries()) {
            const next = lines[index + 1]
            tries.push([`delete ${index}`, joined(lines.toSpliced(index, 1))])
            tries.push([`double ${index}`, joined(lines.toSpliced(index, 0, line))])
            tries.push([`put in ${index}`, joined(lines.toSpliced(index, 0, name === "ledger.jsonl" ? line : foreign))])
            tries.push([`empty ${index}`, joined(lines.toSpliced(index, 0, ""))])
            if (next !== undefined) tries.push([`swap ${index}`, joined(lines.toSpliced(index, 2, next, line))])
            tries.push([`cut off before ${index}`, joined(lines.slice(0, index))])
            tries.push([`cut off in ${index}`, `${joined(lines.slice(0, index))}${line.slice(0, 30)}`])
            tries.push([`no newline after ${index}`, joined(lines.slice(0, index + 1)).slice(0, -1)])
          }
          for (const [what, text] of tries) {
            fs.writeFileSync(join(folder, name), text)
            if ((yield* verify).faults.length === 0) missed.push(`${name}: ${what}`)
          }
          fs.writeFileSync(join(folder, name), bytes)
        }
        assert.deepStrictEqual(missed, [])
      }).pipe(Effect.provide(TestLayer)),
    { timeout: 120_000 }
  )

  it.effect("files are dropped, exchanged, renamed, rolled back or made anew", () =>
    Effect.gen(function* () {
      const files = yield* made
      const folder = yield* folderOf
      const { signer } = yield* LogKeysMemory.KeyState
      const names = [...files.keys()]
      const missed: Array<string> = []
      const attempt = Effect.fnUntraced(function* (what: string, change: () => void) {
        put(folder, files, new Map())
        change()
        const { faults } = yield* verify
        if (faults.length === 0) missed.push(what)
        return faults
      })
      for (const name of names) {
        yield* attempt(`drop ${name}`, () => fs.rmSync(join(folder, name)))
        yield* attempt(`empty ${name}`, () => fs.truncateSync(join(folder, name)))
        for (const other of names.filter((one) => one !== name)) {
          yield* attempt(`${name} in place of ${other}`, () => fs.copyFileSync(join(folder, name), join(folder, other)))
        }
      }
      const ids = new Set(names.filter((name) => name !== "ledger.jsonl").map((name) => name.slice(0, 36)))
      for (const id of ids) {
        const own = names.filter((name) => name.startsWith(id))
        yield* attempt(`drop session ${id}`, () => own.forEach((name) => fs.rmSync(join(folder, name))))
        yield* attempt(`rename session ${id}`, () =>
          own.forEach((name) => fs.renameSync(join(folder, name), join(folder, name.replace(id, uuid("e")))))
        )
      }
      // The whole folder as it was after each record of the ledger.
      const ledger = (files.get("ledger.jsonl") ?? Buffer.alloc(0)).toString("utf8").split("\n").slice(0, -1)
      for (let size = 0; size < ledger.length; size++) {
        const text = ledger
          .slice(0, size)
          .map((line) => `${line}\n`)
          .join("")
        yield* attempt(`roll back to ${size}`, () => {
          fs.writeFileSync(join(folder, "ledger.jsonl"), text)
          for (const id of ids) {
            if (text.includes(id)) continue
            for (const name of names.filter((one) => one.startsWith(id))) fs.rmSync(join(folder, name))
          }
        })
      }
      yield* attempt("delete everything", () => fs.rmSync(folder, { recursive: true }))
      const later = LogKeysMemory.newSigner("later")
      for (const [what, key] of [
        ["a later key", later],
        ["the same key", yield* Ref.get(signer)],
        ["no key", undefined]
      ] as const) {
        for (const ledgerId of [uuid("0"), uuid("d")]) {
          yield* attempt(`all made anew with ${what}, ledger ${ledgerId}`, () => {
            fs.rmSync(folder, { recursive: true })
            const other = makeLog({ folder, ledger: ledgerId, signer: key, from: 0 })
            for (const id of ids) {
              const session = other.session(id)
              session.append(edited("reviewer"))
              for (let index = 0; index < 5; index++) session.seal()
              session.end()
            }
          })
        }
      }
      yield* attempt("one session is made anew with a later key, and its seals with it", () => {
        const other = makeLog({ folder: join(folder, "..", "elsewhere"), ledger: uuid("0"), signer: later, from: 0 })
        const session = other.session(uuid("1"))
        for (const agent of ["reviewer", "debugger", "tester"]) {
          session.append(edited(agent, 9))
          session.seal()
          session.rotate()
        }
        session.end("success", 3)
        for (const name of fs.readdirSync(other.folder).filter((one) => one.startsWith(uuid("1")))) {
          fs.copyFileSync(join(other.folder, name), join(folder, name))
        }
      })
      assert.deepStrictEqual(missed, [])
    }).pipe(Effect.provide(TestLayer))
  )
})
