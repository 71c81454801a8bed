/**
 * What `docs/` publishes of the session log beside its schema: test vectors for other implementations. They are made
 * here; `CREWKIT_UPDATE_DOCS=1` writes them, else they have to be what is there.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { LogEvent } from "../../src/domain/logEvents.ts"
import { keyIdInput, vkeyOf } from "../../src/domain/signedNote.ts"
import { verifyLog } from "../../src/layers/logVerify.ts"
import type { LogSigner, Mark } from "../../src/services/LogKeys.ts"
import { check } from "../support/independentVerifier.ts"
import { edited, makeLog, uuid } from "../support/logMaker.ts"

const docs = join(dirname(dirname(import.meta.dirname)), "docs")
const updates = process.env["CREWKIT_UPDATE_DOCS"] === "1"

/** Writes the file, or insists that it is there in these words. */
const published = (path: string, text: string): void => {
  const file = join(docs, path)
  if (updates) {
    fs.mkdirSync(dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }
  assert.strictEqual(fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "", text, `${path}: CREWKIT_UPDATE_DOCS=1`)
}

describe("the schema of the session log", () => {
  it("has every type of record", () => {
    const text = fs.readFileSync(join(docs, "schemas", "session-log.schema.json"), "utf8")
    for (const { fields } of LogEvent.members) assert.include(text, `"${fields.type.literal}"`)
  })
})

/** A key that everybody knows: its seed is the hash of these words. */
const keyOf = (words: string, name: string): LogSigner => {
  const seed = createHash("sha256").update(words).digest()
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed])
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" })
  const publicKey = new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32))
  const id = createHash("sha256").update(keyIdInput(name, publicKey)).digest("hex").slice(0, 8)
  return { key: { name, id, publicKey }, sign: (text) => new Uint8Array(sign(null, Buffer.from(text), key)) }
}
const seedWords = "crewkit session log test vectors"
const signer = keyOf(seedWords, "crewkit-session-log-vectors")

const [one, two, other] = [uuid("1"), uuid("2"), uuid("3")]

/** A session over two segments with a seal in each, and a short one. */
const goodLog = (folder: string, key = signer) => {
  const log = makeLog({ folder, ledger: uuid("0"), signer: key, from: Date.UTC(2026, 0, 1) })
  const first = log.session(one)
  first.append(edited("code-reviewer", 3, 1))
  first.seal()
  first.rotate()
  first.append(edited("debugger", 0, 2))
  first.end("success", 2)
  log.session(two, { kind: "sync" }).end("failure", 0)
  return log
}

type Change = (folder: string) => void

const edit =
  (file: string, how: (lines: ReadonlyArray<string>) => ReadonlyArray<string>): Change =>
  (folder) => {
    const path = join(folder, file)
    fs.writeFileSync(path, how(fs.readFileSync(path, "utf8").split("\n")).join("\n"))
  }

const variants: ReadonlyArray<readonly [name: string, what: string, change: Change]> = [
  ["good", "as it was written", () => undefined],
  [
    "rewritten",
    "record 1 of the first session says 2 added lines where it said 3",
    edit(`${one}.0001.jsonl`, (lines) => lines.map((line) => line.replace('"added":3', '"added":2')))
  ],
  ["gap", "record 1 of the first session is left out", edit(`${one}.0001.jsonl`, (lines) => lines.toSpliced(1, 1))],
  [
    "unreadable",
    "a line that is no record stands before record 1 of the second session",
    edit(`${two}.0001.jsonl`, (lines) => lines.toSpliced(1, 0, "not a record"))
  ],
  [
    "truncated",
    "the last record of the second session is cut off",
    edit(`${two}.0001.jsonl`, (l) => l.toSpliced(-2, 1))
  ],
  ["missing", "the second segment of the first session is gone", (f) => fs.rmSync(join(f, `${one}.0002.jsonl`))],
  [
    "unknown-segment",
    "a copy of the second session lies there under another id",
    (f) => fs.copyFileSync(join(f, `${two}.0001.jsonl`), join(f, `${other}.0001.jsonl`))
  ],
  [
    "seal-mismatch",
    "the note of the first session's first seal says 1 record where 2 stand before it",
    edit(`${one}.0001.jsonl`, (lines) =>
      lines.map((line) => line.replace(`session-log/${one}\\n2\\n`, `session-log/${one}\\n1\\n`))
    )
  ],
  [
    "bad-signature",
    "the note of the first session's first seal is signed anew with a later key of the same name",
    (folder) => {
      const elsewhere = fs.mkdtempSync(join(tmpdir(), "crewkit-vectors-"))
      goodLog(elsewhere, keyOf("a later key", signer.key.name))
      const forged = fs.readFileSync(join(elsewhere, `${one}.0001.jsonl`), "utf8").split("\n")[2] ?? ""
      fs.rmSync(elsewhere, { recursive: true })
      edit(`${one}.0001.jsonl`, (lines) => lines.with(2, forged))(folder)
    }
  ],
  [
    "rolled-back",
    "the folder is as it was before the second session; the mark remembers the whole ledger",
    (folder) => {
      edit("ledger.jsonl", (lines) => [...lines.slice(0, 4), ""])(folder)
      fs.rmSync(join(folder, `${two}.0001.jsonl`))
    }
  ]
]

describe("the test vectors of the session log", () => {
  const scratch = fs.mkdtempSync(join(tmpdir(), "crewkit-vectors-"))
  const folderOf = (name: string) => join(scratch, name)
  let mark: Mark = { ledger: "", size: 0, head: "" }
  for (const [name, , change] of variants) {
    mark = goodLog(folderOf(name)).mark()
    change(folderOf(name))
  }
  const read = (name: string) =>
    fs
      .readdirSync(folderOf(name))
      .sort()
      .map((file) => [file, fs.readFileSync(join(folderOf(name), file), "utf8")] as const)
  const known = { mark: Result.succeed(Option.some(mark)), key: Result.succeed(Option.none()) }
  const verdictOf = (name: string) =>
    Effect.map(verifyLog({ folder: folderOf(name), session: undefined, known, anchors: [] }), ({ faults }) => faults)

  for (const [name] of variants) {
    it.effect(`${name} is told by crewkit, and by a verifier that shares no code with it`, () =>
      Effect.gen(function* () {
        const faults = yield* verdictOf(name)
        assert.deepStrictEqual(
          faults.map(({ kind }) => kind),
          name === "good" ? [] : [name]
        )
        assert.deepStrictEqual(
          check(folderOf(name), mark),
          faults.map(({ file, kind }) => `${kind} ${file}`)
        )
      })
    )
  }

  it.effect("are the published ones", () =>
    Effect.gen(function* () {
      const cases = []
      for (const [name, what] of variants) {
        for (const [file, text] of read(name)) published(`session-log-vectors/${name}/${file}`, text)
        const faults = (yield* verdictOf(name)).map(({ file, kind, line, seq }) => ({ kind, file, seq, line }))
        cases.push({ folder: name, what, faults })
      }
      const hash = (text: string) => createHash("sha256").update(text).digest("hex")
      const hashes = Object.fromEntries(
        read("good").map(([file, text]) => [file, text.split("\n").slice(0, -1).map(hash)])
      )
      const text = JSON.stringify(
        { key: vkeyOf(signer.key), seed: `SHA-256 of "${seedWords}"`, mark, lineHashes: hashes, cases },
        null,
        2
      )
      published("session-log-vectors/vectors.json", `${text}\n`)
    })
  )
})
