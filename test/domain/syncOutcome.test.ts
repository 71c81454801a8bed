import { assert, describe, it } from "@effect/vitest"
import { AgentName, Slug } from "../../src/domain/AgentName.ts"
import type { FileStamp } from "../../src/domain/FileStamp.ts"
import {
  type Answer,
  isDirty,
  namesOf,
  type Outcome,
  ownHashes,
  pendingWith,
  stampsOf,
  stateAfter
} from "../../src/domain/syncOutcome.ts"
import type { PlanItem } from "../../src/domain/syncPlan.ts"
import { emptyState, type SyncState } from "../../src/domain/SyncState.ts"

const name = AgentName.make("code-reviewer")

const stamp = (sha256: string, mtime = 1): FileStamp => ({ size: 3, mtime, ctime: mtime, ino: 7, sha256 })

const written = (sha256: string, mtime = 1): SyncState["written"] => ({
  [name]: [3, mtime, mtime, 7, sha256]
})

const answer: Answer = {
  key: "k",
  etag: '"e"',
  role: Slug.make("junior"),
  desired: new Map([[name, "b"]]),
  refused: [],
  remarks: []
}

const outcome = (change: Partial<Outcome>): Outcome => ({
  before: emptyState,
  plan: [],
  found: new Map(),
  fresh: new Map(),
  answer,
  lockFingerprint: "fingerprint",
  since: 5,
  ...change
})

const item = (status: PlanItem["status"], action: PlanItem["action"]): PlanItem => ({ name, status, action })

describe("the state after a sync", () => {
  it("knows what was written by the stamp it had just afterwards", () => {
    const state = stateAfter(
      outcome({
        before: { ...emptyState, written: written("a"), pending: { [name]: ["b"] } },
        plan: [item("updated", "write")],
        found: new Map([[name, stamp("a")]]),
        fresh: new Map([[name, stamp("b", 4)]])
      })
    )
    assert.deepStrictEqual(state.written, written("b", 4))
    assert.strictEqual(state.since, 5)
  })

  it("is done with what an interrupted sync was about to write", () => {
    const before = { ...emptyState, pending: { [name]: ["b"] } }
    assert.deepStrictEqual(stateAfter(outcome({ before })).pending, {})
    assert.isTrue(isDirty(before, stateAfter(outcome({ before, answer: undefined }))))
  })

  it("takes a file for ours that is as wanted already", () => {
    const state = stateAfter(outcome({ plan: [item("unchanged", "none")], found: new Map([[name, stamp("b")]]) }))
    assert.deepStrictEqual(state.written, written("b"))
  })

  it("goes on knowing what it wrote where an edit is kept", () => {
    const before = { ...emptyState, written: written("a") }
    for (const status of ["edited", "edited-and-updated", "removed", "removed-and-edited", "refused"] as const) {
      const state = stateAfter(outcome({ before, plan: [item(status, "keep")], found: new Map([[name, stamp("x")]]) }))
      assert.deepStrictEqual(state.written, written("a"), status)
    }
  })

  it("does not take somebody else's file for its own", () => {
    for (const status of ["foreign", "in-the-way"] as const) {
      const state = stateAfter(outcome({ plan: [item(status, "keep")], found: new Map([[name, stamp("x")]]) }))
      assert.deepStrictEqual(state.written, {}, status)
    }
  })

  it("forgets what it removed", () => {
    const before = { ...emptyState, written: written("a") }
    const state = stateAfter(
      outcome({ before, plan: [item("removed", "remove")], found: new Map([[name, stamp("a")]]) })
    )
    assert.deepStrictEqual(state.written, {})
  })

  it("holds the answer and the lock that names it; what was known stays where nobody was asked", () => {
    const asked = stateAfter(outcome({}))
    assert.deepStrictEqual(asked.last, {
      key: "k",
      etag: '"e"',
      role: Slug.make("junior"),
      desired: { [name]: "b" },
      refused: [],
      remarks: [],
      lock: "fingerprint"
    })
    assert.deepStrictEqual(stateAfter(outcome({ before: asked, answer: undefined })).last, asked.last)
    assert.isFalse("last" in stateAfter(outcome({ answer: undefined })))
  })
})

describe("a state that has to be written", () => {
  const state = stateAfter(outcome({ plan: [item("new", "write")], fresh: new Map([[name, stamp("b")]]) }))

  it("is not one that says the same at another time", () => {
    assert.isFalse(isDirty(state, { ...state, since: 99 }))
    assert.isFalse(isDirty(emptyState, emptyState))
  })

  it("is one in which a hash, a stamp or a file differs", () => {
    assert.isTrue(isDirty(state, { ...state, written: written("c") }))
    assert.isTrue(isDirty(state, { ...state, written: written("b", 2) }))
    assert.isTrue(isDirty(state, { ...state, written: {} }))
    assert.isTrue(isDirty({ ...state, written: {} }, state))
  })

  it("is one for another question, answer or lock", () => {
    const { last } = state
    assert.isDefined(last)
    assert.isTrue(isDirty(state, { ...state, last: { ...last, key: "other" } }))
    assert.isTrue(isDirty(state, { ...state, last: { ...last, etag: '"other"' } }))
    assert.isTrue(isDirty(state, { ...state, last: { ...last, lock: "other" } }))
    assert.isTrue(isDirty(emptyState, state))
  })
})

describe("what is known of the files", () => {
  it("the stamps are those that were written down", () => {
    assert.deepStrictEqual(stampsOf({ ...emptyState, written: written("a", 8) }), new Map([[name, stamp("a", 8)]]))
  })

  it("a hash is ours that was written, or that a sync which did not finish was about to write", () => {
    const other = AgentName.make("other")
    const state = { ...emptyState, written: written("a"), pending: { [name]: ["b"], [other]: ["c"] } }
    assert.deepStrictEqual(ownHashes(state), {
      written: new Map([[name, ["a", "b"]]]),
      begun: new Map([[other, ["c"]]])
    })
  })

  it("what an unfinished sync was about to write stays ours when another one does not finish either", () => {
    const state = { ...emptyState, pending: { [name]: ["b"] } }
    assert.deepStrictEqual(pendingWith(state, [[name, "c"]]), { [name]: ["b", "c"] })
    assert.deepStrictEqual(pendingWith(state, [[name, "b"]]), { [name]: ["b"] })
  })

  it("the names of an action are those of its items", () => {
    assert.deepStrictEqual(namesOf([item("new", "write")], "write"), new Set([name]))
    assert.deepStrictEqual(namesOf([item("new", "write")], "remove"), new Set())
  })
})
