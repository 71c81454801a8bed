import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { join } from "node:path"
import { vaultFile } from "../../src/layers/vaultFile.ts"
import { passphraseFrom } from "../../src/layers/vaultPassphrase.ts"
import { makeVaultStore } from "../../src/layers/vaultStore.ts"
import { environment } from "../fakes/environment.ts"
import { Scratch } from "../fakes/Scratch.ts"
import { cheap, typing, words } from "../support/vault.ts"

const login = { username: "https://registry.example default", what: "the login at https://registry.example" }
const key = { username: "key openai dev", what: "the API key openai (dev)" }

const folderOf = Scratch.use(({ path }) => Effect.succeed(path("data", "vault")))

const storeWith = Effect.fnUntraced(function* (...answers: ReadonlyArray<string>) {
  const passphrase = typing(...(answers.length === 0 ? [words] : answers))
  const folder = yield* folderOf
  return { ...makeVaultStore({ folder, passphrase, cost: cheap }), asked: passphrase.asked, folder }
})

const text = Option.map<Redacted.Redacted, string>(Redacted.value)

describe("the vault", () => {
  it.effect("sets, gets, replaces and deletes, and asks for the passphrase once a run", () =>
    Effect.gen(function* () {
      const first = yield* storeWith()
      assert.isTrue(Option.isNone(yield* first.get(login)))
      assert.isFalse(yield* first.exists)
      assert.isFalse(yield* first.remove(login))
      assert.strictEqual(first.asked(), 0)
      yield* first.set(login, Redacted.make("s3cret \u00e9"))
      yield* first.set(key, Redacted.make("sk-canary"))
      yield* first.set(login, Redacted.make("another"))
      const foreign = { ...login, username: "https://registry.example caf\u00e9 \u{1f511}" }
      yield* first.set(foreign, Redacted.make("fourth"))
      assert.deepStrictEqual(text(yield* first.get(foreign)), Option.some("fourth"))
      assert.strictEqual(first.asked(), 1)
      const second = yield* storeWith()
      assert.isTrue(yield* second.has(key))
      assert.isFalse(yield* second.has({ ...key, username: "key other dev" }))
      assert.strictEqual(second.asked(), 0)
      assert.deepStrictEqual(text(yield* second.get(login)), Option.some("another"))
      assert.deepStrictEqual(text(yield* second.get(key)), Option.some("sk-canary"))
      assert.isTrue(yield* second.remove(login))
      assert.isFalse(yield* second.has(login))
      assert.strictEqual(second.asked(), 1)
      assert.isTrue(Option.isNone(yield* first.get(login)))
      const content = fs.readFileSync(vaultFile(first.folder), "utf8")
      for (const hidden of ["sk-canary", "another", words]) {
        assert.notInclude(content, hidden)
        assert.notInclude(content, Buffer.from(hidden).toString("base64"))
      }
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("never encrypts the same twice alike", () =>
    Effect.gen(function* () {
      const { folder, set } = yield* storeWith()
      const nonces = new Set<string>()
      for (let turn = 0; turn < 5; turn++) {
        yield* set(login, Redacted.make("same"))
        for (const [, nonce = ""] of fs.readFileSync(vaultFile(folder), "utf8").matchAll(/"nonce":"([^"]+)"/g)) {
          nonces.add(nonce)
        }
      }
      // The wrapped key keeps its own; an item and a seal are new each time.
      assert.strictEqual(nonces.size, 11)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("has mode 0600 in a folder of mode 0700, and leaves nothing else behind", () =>
    Effect.gen(function* () {
      const { folder, set } = yield* storeWith()
      yield* set(login, Redacted.make("s3cret"))
      yield* set(login, Redacted.make("s3cret"))
      const mode = (path: string): string => (fs.statSync(path).mode & 0o777).toString(8)
      assert.strictEqual(mode(folder), "700")
      assert.deepStrictEqual(fs.readdirSync(folder).sort(), ["crewkit.lock", "crewkit.vault"])
      for (const name of fs.readdirSync(folder)) assert.strictEqual(mode(join(folder, name)), "600")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("gives a person three tries, then is locked", () =>
    Effect.gen(function* () {
      yield* (yield* storeWith()).set(login, Redacted.make("s3cret"))
      const third = yield* storeWith("wrong one", "wrong two", words)
      assert.deepStrictEqual(text(yield* third.get(login)), Option.some("s3cret"))
      const never = yield* storeWith("wrong one")
      const error = yield* Effect.flip(never.get(login))
      assert.strictEqual(error._tag, "StoreLocked")
      assert.strictEqual(never.asked(), 3)
      assert.strictEqual(
        (yield* Effect.flip((yield* storeWith("wrong")).set(key, Redacted.make("x"))))._tag,
        "StoreLocked"
      )
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("refuses every flipped byte", () =>
    Effect.gen(function* () {
      const { folder, set } = yield* storeWith()
      yield* set(login, Redacted.make("s3cret"))
      yield* set(key, Redacted.make("other"))
      const good = fs.readFileSync(vaultFile(folder))
      const accepted: Array<string> = []
      for (let at = 0; at < good.length; at++) {
        for (const flip of [0x01, 0x20, 0x80]) {
          const bad = Buffer.from(good)
          bad[at] = (bad[at] ?? 0) ^ flip
          fs.writeFileSync(vaultFile(folder), bad)
          const error = yield* Effect.flip(Effect.asVoid((yield* storeWith()).get(login))).pipe(Effect.option)
          if (Option.isNone(error) || error.value._tag !== "StoreUnreadable") accepted.push(`${at} ^ ${flip}`)
        }
      }
      assert.deepStrictEqual(accepted, [])
      for (let size = 0; size < good.length; size += 7) {
        fs.writeFileSync(vaultFile(folder), good.subarray(0, size))
        assert.strictEqual((yield* Effect.flip((yield* storeWith()).get(login)))._tag, "StoreUnreadable")
      }
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("refuses what was changed with a new checksum: values, names, generations, missing and swapped items", () =>
    Effect.gen(function* () {
      const { folder, set } = yield* storeWith()
      yield* set(login, Redacted.make("s3cret"))
      yield* set(key, Redacted.make("other"))
      const [magic = "", body = ""] = fs.readFileSync(vaultFile(folder), "utf8").split("\n")
      interface Item {
        account: string
        generation: number
        data: string
        nonce: string
      }
      const forge = (change: (vault: { generation: number; items: [Item, Item] }) => void): void => {
        const vault = JSON.parse(body)
        change(vault)
        const changed = `${magic}\n${JSON.stringify(vault)}\n`
        fs.writeFileSync(vaultFile(folder), `${changed}sha256 ${createHash("sha256").update(changed).digest("hex")}\n`)
      }
      forge(() => undefined)
      assert.isTrue(Option.isSome(yield* (yield* storeWith()).get(login)))
      const forgeries: ReadonlyArray<Parameters<typeof forge>[0]> = [
        ({ items }) => ([items[0].data, items[1].data] = [items[1].data, items[0].data]),
        ({ items }) => ([items[0].account, items[1].account] = [items[1].account, items[0].account]),
        ({ items }) => items.pop(),
        ({ items }) => items.reverse(),
        ({ items }) => items[0].generation++,
        (vault) => vault.generation++
      ]
      for (const change of forgeries) {
        forge(change)
        const error = yield* Effect.flip(Effect.asVoid((yield* storeWith()).get(login)))
        assert.strictEqual(error._tag, "StoreUnreadable")
      }
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("refuses a vault whose passphrase is cheaper to guess than ours", () =>
    Effect.gen(function* () {
      const { folder, set } = yield* storeWith()
      yield* set(login, Redacted.make("s3cret"))
      const strict = makeVaultStore({ folder, passphrase: typing(words) })
      const error = yield* Effect.flip(strict.get(login))
      assert.strictEqual(error._tag, "StoreUnreadable")
      assert.include(error.message, "other parameters than crewkit accepts")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.live("opens with the parameters that it really has", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const before = performance.now()
      yield* makeVaultStore({ folder, passphrase: typing(words) }).set(login, Redacted.make("s3cret"))
      assert.isAbove(performance.now() - before, 50)
      const again = makeVaultStore({ folder, passphrase: typing(words) })
      assert.deepStrictEqual(text(yield* again.get(login)), Option.some("s3cret"))
      assert.include(fs.readFileSync(vaultFile(folder), "utf8"), '"N":131072,"r":8,"p":1')
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("refuses links, hard links, and what others may read", () =>
    Effect.gen(function* () {
      const { folder, get, set } = yield* storeWith()
      yield* set(login, Redacted.make("s3cret"))
      const file = vaultFile(folder)
      const refusal = Effect.map(Effect.flip(Effect.asVoid(get(login))), (error) => error.message)
      fs.chmodSync(file, 0o640)
      assert.include(yield* refusal, "others may read or write")
      fs.chmodSync(file, 0o600)
      fs.chmodSync(folder, 0o750)
      assert.include(yield* refusal, "others may read or write")
      fs.chmodSync(folder, 0o700)
      fs.linkSync(file, join(folder, "second"))
      assert.include(yield* refusal, "hard link")
      fs.rmSync(join(folder, "second"))
      fs.renameSync(file, join(folder, "real"))
      fs.symlinkSync("real", file)
      assert.include(yield* refusal, "is a link")
      fs.rmSync(file)
      fs.mkdirSync(file)
      assert.include(yield* refusal, "not a regular file")
      fs.rmSync(folder, { recursive: true })
      fs.symlinkSync("..", folder)
      assert.include(yield* refusal, "not a real folder")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.live("loses nothing to writers at the same time", () =>
    Effect.gen(function* () {
      yield* (yield* storeWith()).set(login, Redacted.make("s3cret"))
      const names = Array.from({ length: 12 }, (_, index) => ({ ...key, username: `key k${index} dev` }))
      yield* Effect.forEach(
        names,
        (name) => Effect.flatMap(storeWith(), (one) => one.set(name, Redacted.make(name.username))),
        { concurrency: "unbounded" }
      )
      const { get } = yield* storeWith()
      const values = yield* Effect.forEach(names, get)
      assert.deepStrictEqual(
        values.map(text),
        names.map((name) => Option.some(name.username))
      )
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe("the passphrase", () => {
  const nobody = () => Effect.succeedNone
  const variable = "CREWKIT_VAULT_PASSPHRASE_FD"

  it.effect("comes from a file descriptor, one line, once", () =>
    Effect.gen(function* () {
      const { path, write } = yield* Scratch
      write("words", `${words}\r\nmore\n`)
      const fd = yield* Effect.acquireRelease(
        Effect.sync(() => fs.openSync(path("words"), "r")),
        (open) => Effect.sync(() => fs.closeSync(open))
      )
      yield* environment({ [variable]: String(fd) })
      const { ask, choose } = passphraseFrom(nobody)
      assert.deepStrictEqual(text(yield* ask(false)), Option.some(words))
      assert.deepStrictEqual(text(yield* ask(false)), Option.some(words))
      assert.isTrue(Option.isNone(yield* ask(true)))
      assert.strictEqual(Redacted.value(yield* choose), words)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("is not taken from the variable itself, nor printed", () =>
    Effect.gen(function* () {
      for (const value of [words, "-1", "1", "2", "99999", "3.5", "777"]) {
        yield* environment({ [variable]: value })
        const error = yield* Effect.flip(passphraseFrom(nobody).ask(false))
        assert.strictEqual(error._tag, "StoreUnavailable")
        assert.notInclude(JSON.stringify(error), words)
      }
    })
  )

  it.effect("is asked twice for a new vault, long enough, and the same both times", () =>
    Effect.gen(function* () {
      yield* environment({ [variable]: undefined })
      const answering = (...answers: Array<string>) =>
        passphraseFrom(() => Effect.sync(() => Option.fromNullishOr(answers.shift()).pipe(Option.map(Redacted.make))))
      assert.strictEqual(Redacted.value(yield* answering(words, words).choose), words)
      const reason = (...answers: Array<string>) =>
        Effect.map(Effect.flip(answering(...answers).choose), (error) => error.reason)
      assert.strictEqual(yield* reason(words, "other words"), "the two passphrases are not the same")
      assert.strictEqual(yield* reason("short"), "a passphrase has at least 8 characters")
      assert.include(yield* reason(), "nobody can be asked")
    })
  )
})
