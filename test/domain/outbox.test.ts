import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  created,
  delivered,
  emptyOutbox,
  isBlocked,
  mostParked,
  newEntry,
  Outbox,
  parked,
  parkedCount,
  pruned,
  readOutbox,
  retried
} from "../../src/domain/outbox.ts"

const origin = "https://agents.example.com"
const refusal = (seq: number, status = 422) => ({ seq, status, reason: "no" })
const begun = created(newEntry(origin), 0, "remote")

describe("an entry of the outbox", () => {
  it("goes on behind what was delivered or parked, and never back", () => {
    const entry = delivered(parked(delivered(begun, 3), refusal(4)), 9)
    assert.deepStrictEqual([entry.next, entry.remote, parkedCount(entry)], [10, "remote", 1])
    assert.strictEqual(delivered(entry, 4).next, 10)
    assert.deepStrictEqual(delivered(entry, 4).parked, [])
  })

  it("ends with its end, delivered or parked", () => {
    assert.isTrue(delivered(begun, 5, true).ended)
    assert.isTrue(parked(begun, refusal(5), true).ended)
    assert.isTrue(delivered(delivered(begun, 5, true), 3).ended)
  })

  it("is blocked where its start is refused, and by nothing else", () => {
    assert.isTrue(isBlocked(parked(newEntry(origin), refusal(0))))
    assert.isFalse(isBlocked(parked(begun, refusal(1))))
    assert.isFalse(isBlocked(newEntry(origin)))
  })

  it("keeps so many refusals one by one, the rest as a number", () => {
    let entry = begun
    for (let seq = 1; seq <= mostParked + 50; seq++) entry = parked(entry, refusal(seq))
    assert.lengthOf(entry.parked, mostParked)
    assert.deepStrictEqual(entry.more, { count: 50, from: mostParked + 1 })
    assert.strictEqual(parkedCount(entry), mostParked + 50)
    assert.isBelow(JSON.stringify(parked(begun, { ...refusal(1), reason: "x".repeat(9000) })).length, 500)
    const again = retried(entry)
    assert.strictEqual(again.again.size, mostParked)
    assert.strictEqual(again.entry.next, mostParked + 1)
    assert.isFalse(again.entry.ended)
  })

  it("has what is parked sent again, and nothing else; but all where the registry lost the session", () => {
    const entry = delivered(parked(parked(begun, refusal(2)), refusal(5)), 8, true)
    const { again, entry: same } = retried(entry)
    assert.deepStrictEqual([[...again], same], [[2, 5], entry])
    assert.deepStrictEqual(retried(parked(entry, refusal(6, 404))).entry, newEntry(origin))
    assert.deepStrictEqual(retried(parked(newEntry(origin), refusal(0, 403))).entry, newEntry(origin))
    assert.deepStrictEqual(retried(begun).again.size, 0)
  })
})

describe("the file", () => {
  it.effect.prop("is read as it was written", [Outbox], ([outbox]) =>
    Effect.sync(() => {
      const text = JSON.stringify(outbox)
      assert.deepStrictEqual(readOutbox(text), JSON.parse(text))
    })
  )

  it("says nothing where it is broken, of another version, or with more in it", () => {
    const more = { version: 1, sessions: {}, token: "x" }
    const deep = { version: 1, sessions: { a: { ...begun, content: "x" } } }
    for (const text of ["", "{", "null", '{"version":2,"sessions":{}}', JSON.stringify(more), JSON.stringify(deep)]) {
      assert.deepStrictEqual(readOutbox(text), emptyOutbox)
    }
  })

  it("drops what the log no longer has", () => {
    const outbox: Outbox = { version: 1, sessions: { a: begun, b: begun } }
    assert.deepStrictEqual(Object.keys(pruned(outbox, (id) => id === "b").sessions), ["b"])
  })
})
