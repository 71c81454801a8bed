/** The keychain's helper process against a real daemon: gnome-keyring on a D-Bus of its own. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option, Redacted } from "effect"
import type { ChildProcess } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startEarly } from "../../src/layers/keychainChild.ts"
import { makeKeychainStore } from "../../src/layers/keychainStore.ts"
import { environment } from "../fakes/environment.ts"
import { keychainNeeds, startKeychain } from "../support/keychain.ts"
import { skipUnless } from "../support/needs.ts"

const { skip, suffix } = skipUnless(keychainNeeds)

const item = { username: "https://registry.example default", what: "the login at https://registry.example" }
const attributes = ["service", "crewkit", "username", item.username]

const keychain = Effect.fnUntraced(function* (options: { readonly unlocked?: boolean } = {}) {
  const daemon = yield* Effect.acquireRelease(
    Effect.promise(() => startKeychain(options)),
    (one) => Effect.promise(one.stop)
  )
  yield* environment(daemon.env)
  return daemon
})

const store = makeKeychainStore({ input: false })

/** Helpers that this process has started and that still run. */
const helpers = (): ReadonlyArray<string> =>
  fs.readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
      if (Number(parent) !== process.pid || state === "Z") return false
      return /keychain(\.cjs|Helper\.ts)/.test(fs.readFileSync(`/proc/${pid}/cmdline`, "utf8"))
    } catch {
      return false
    }
  })

/** A killed process is gone when the kernel has ended it; it is looked for until then, for a second. */
const noHelperLeft = Effect.gen(function* () {
  for (let turn = 0; turn < 100 && helpers().length > 0; turn++) yield* Effect.sleep("10 millis")
  assert.deepStrictEqual(helpers(), [])
})

const text = Option.map<Redacted.Redacted, string>(Redacted.value)

describe.skipIf(skip)(`the keychain${suffix}`, () => {
  it.live("sets, gets, replaces and deletes, with one helper for all", () =>
    Effect.gen(function* () {
      const daemon = yield* keychain()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { get, remove, set } = yield* store
          assert.isTrue(Option.isNone(yield* get(item)))
          assert.isFalse(yield* remove(item))
          yield* set(item, Redacted.make("s3cret \u00e9\n\u{1f511}"))
          assert.deepStrictEqual(text(yield* get(item)), Option.some("s3cret \u00e9\n\u{1f511}"))
          assert.strictEqual(daemon.secretTool(["lookup", ...attributes]), "s3cret \u00e9\n\u{1f511}")
          yield* set(item, Redacted.make("another"))
          assert.deepStrictEqual(text(yield* get(item)), Option.some("another"))
          assert.strictEqual(helpers().length, 1)
          assert.isTrue(yield* remove(item))
          assert.isTrue(Option.isNone(yield* get(item)))
        })
      )
      yield* noHelperLeft
    })
  )

  it.live("takes operations that come at once, and 100 KB", () =>
    Effect.gen(function* () {
      yield* keychain()
      const { get, set } = yield* store
      const large = "x".repeat(100_000)
      const items = Array.from({ length: 8 }, (_, index) => ({ ...item, username: `key k${index} dev` }))
      yield* Effect.forEach(items, (one) => set(one, Redacted.make(`${one.username} ${large}`)), {
        concurrency: "unbounded",
        discard: true
      })
      const values = yield* Effect.forEach(items, get, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        values.map(text),
        items.map((one) => Option.some(`${one.username} ${large}`))
      )
    })
  )

  it.live("is locked", () =>
    Effect.gen(function* () {
      const daemon = yield* keychain()
      const { get, remove, set } = yield* store
      yield* set(item, Redacted.make("s3cret"))
      yield* Effect.promise(daemon.lock)
      const again = yield* Effect.scoped(
        Effect.gen(function* () {
          const fresh = yield* store
          return [
            yield* Effect.flip(fresh.get(item)),
            yield* Effect.flip(fresh.set(item, Redacted.make("other"))),
            yield* Effect.flip(fresh.remove(item))
          ]
        })
      )
      assert.deepStrictEqual(
        again.map((error) => error._tag),
        ["StoreLocked", "StoreLocked", "StoreLocked"]
      )
      // The first helper's connection sees the same.
      assert.strictEqual((yield* Effect.flip(get(item)))._tag, "StoreLocked")
      assert.strictEqual((yield* Effect.flip(remove(item)))._tag, "StoreLocked")
    })
  )

  it.live("is not there, which is known at once", () =>
    Effect.gen(function* () {
      yield* environment({ DBUS_SESSION_BUS_ADDRESS: undefined, XDG_RUNTIME_DIR: undefined })
      const { get, set } = yield* store
      const before = performance.now()
      const error = yield* Effect.flip(get(item))
      assert.strictEqual(error.message, "the keychain cannot be used: no D-Bus session is running here")
      assert.isBelow(performance.now() - before, 2000)
      assert.strictEqual((yield* Effect.flip(set(item, Redacted.make("x"))))._tag, "StoreUnavailable")
    })
  )

  it.live("has no daemon on its bus", () =>
    Effect.gen(function* () {
      const daemon = yield* keychain()
      yield* Effect.promise(daemon.quit)
      const { get } = yield* store
      assert.strictEqual((yield* Effect.flip(get(item)))._tag, "StoreUnavailable")
    })
  )

  for (const warm of [false, true]) {
    it.live(`is frozen ${warm ? "after an operation" : "from the start"}: 3 s, no orphan, and well when it thaws`, () =>
      Effect.gen(function* () {
        const daemon = yield* keychain()
        yield* Effect.scoped(
          Effect.gen(function* () {
            const { get, set } = yield* store
            if (warm) yield* set(item, Redacted.make("s3cret"))
            daemon.freeze()
            const before = performance.now()
            const error = yield* Effect.flip(Effect.uninterruptible(get(item)))
            const took = performance.now() - before
            daemon.thaw()
            assert.strictEqual(error._tag, "StoreTimedOut", error.message)
            assert.isBelow(took, 3500)
            assert.strictEqual(Option.isSome(yield* get(item)), warm)
          })
        )
        yield* noHelperLeft
      })
    )
  }

  it.live("has its 3 s from when the helper runs: a machine too busy to start it is not the keychain", () =>
    Effect.gen(function* () {
      yield* keychain()
      startEarly(tmpdir())
      const { child: early }: { readonly child: ChildProcess } = Reflect.get(
        globalThis,
        Symbol.for("@crewkit/cli/keychain")
      )
      early.kill("SIGSTOP")
      const { get } = yield* store
      const asking = yield* Effect.forkChild(get(item))
      yield* Effect.sleep("3500 millis")
      early.kill("SIGCONT")
      assert.isTrue(Option.isNone(yield* Fiber.join(asking)))
    })
  )

  it.live("is given up after 3 s where nothing else ends it, and the helper is killed", () =>
    Effect.gen(function* () {
      yield* keychain()
      const { get, set } = yield* store
      yield* set(item, Redacted.make("s3cret"))
      for (const pid of helpers()) process.kill(Number(pid), "SIGSTOP")
      const before = performance.now()
      const error = yield* Effect.flip(Effect.uninterruptible(get(item)))
      assert.strictEqual(error.message, "the keychain did not answer within 3 s")
      assert.closeTo(performance.now() - before, 3000, 300)
      yield* noHelperLeft
      assert.deepStrictEqual(text(yield* get(item)), Option.some("s3cret"))
    })
  )

  it.live("holds two items where one belongs", () =>
    Effect.gen(function* () {
      const daemon = yield* keychain()
      const { get, remove, set } = yield* store
      yield* set(item, Redacted.make("s3cret"))
      daemon.secretTool(["store", "--label=other", ...attributes, "extra", "1"], "other")
      for (const failing of [get(item), set(item, Redacted.make("x")), remove(item)]) {
        const error = yield* Effect.flip(Effect.asVoid(failing))
        assert.strictEqual(error._tag, "StoreAmbiguous")
        assert.strictEqual(error.message, `the keychain holds 2 items for ${item.what}, so none can be trusted`)
      }
    })
  )

  it.live("holds bytes that are no text", () =>
    Effect.gen(function* () {
      const daemon = yield* keychain()
      const { get } = yield* store
      daemon.secretTool(["store", "--label=other", ...attributes], Buffer.from([0x61, 0xff, 0xfe]))
      assert.strictEqual((yield* Effect.flip(get(item)))._tag, "StoreUnreadable")
    })
  )

  it.live("uses the helper that was started early, with the way to the last item ready", () =>
    Effect.gen(function* () {
      const folder = fs.mkdtempSync(join(tmpdir(), "crewkit-test-"))
      yield* keychain()
      yield* Effect.scoped(
        Effect.gen(function* () {
          startEarly(folder)
          const early = helpers()
          assert.strictEqual(early.length, 1)
          const { get, set } = yield* store
          assert.isTrue(Option.isNone(yield* get(item)))
          yield* set(item, Redacted.make("s3cret"))
          assert.deepStrictEqual(helpers(), early)
        })
      )
      assert.strictEqual(fs.readFileSync(join(folder, "last-item"), "utf8"), item.username)
      // The next one has the way to that item ready; another item is found all the same.
      yield* Effect.scoped(
        Effect.gen(function* () {
          startEarly(folder)
          const { get } = yield* store
          const found = yield* get(item)
          assert.strictEqual(Option.isSome(found) && Redacted.value(found.value), "s3cret")
          assert.isTrue(Option.isNone(yield* get({ ...item, username: "another one" })))
        })
      )
      yield* noHelperLeft
      fs.rmSync(folder, { recursive: true })
    })
  )

  it.live("starts a new helper where the old one was killed", () =>
    Effect.gen(function* () {
      yield* keychain()
      const { get, set } = yield* store
      yield* set(item, Redacted.make("s3cret"))
      for (const pid of helpers()) process.kill(Number(pid), "SIGKILL")
      yield* noHelperLeft
      assert.deepStrictEqual(text(yield* get(item)), Option.some("s3cret"))
    })
  )
})
