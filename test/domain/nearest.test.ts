import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { RoleUnknown } from "../../src/domain/errors.ts"
import { keyUnknown } from "../../src/domain/keyErrors.ts"
import { didYouMean, nearest } from "../../src/domain/nearest.ts"
import { checked } from "../fakes/agentArbitraries.ts"

const commands = ["sync", "init", "agents", "backups", "config", "code"]

/** Edit distance by its definition. */
const distance = (a: string, b: string): number => {
  if (a === "" || b === "") return a.length + b.length
  const [restOfA, restOfB] = [a.slice(1), b.slice(1)]
  if (a[0] === b[0]) return distance(restOfA, restOfB)
  return 1 + Math.min(distance(restOfA, b), distance(a, restOfB), distance(restOfA, restOfB))
}

describe("the word that was meant", () => {
  it("is one letter away: too many, missing, wrong", () => {
    assert.strictEqual(nearest("synnc", commands), "sync")
    assert.strictEqual(nearest("syc", commands), "sync")
    assert.strictEqual(nearest("confik", commands), "config")
    assert.strictEqual(nearest("backup", commands), "backups")
  })

  it("is found whatever the case", () => {
    assert.strictEqual(nearest("SYNC", commands), "sync")
    assert.strictEqual(nearest("keeplocal", ["prune", "keepLocal"]), "keepLocal")
  })

  it("may be further away in a longer word", () => {
    assert.strictEqual(nearest("code-rewiver", ["code-reviewer", "test-writer"]), "code-reviewer")
  })

  it("is none where nothing is near", () => {
    assert.isUndefined(nearest("deploy", commands))
    assert.isUndefined(nearest("x", commands))
    assert.isUndefined(nearest("sync", []))
  })

  it("is the first of several that are equally near", () => {
    assert.strictEqual(nearest("a1", ["a2", "a3"]), "a2")
  })

  it("stands behind the sentence that there is no such thing, and nothing where none is near", () => {
    assert.strictEqual(didYouMean("sync"), "; did you mean sync?")
    assert.strictEqual(didYouMean(undefined), "")
    const keys = [
      { name: "openai-api-key", env: "prod" },
      { name: "openai-key", env: "dev" }
    ] as const
    const { message } = keyUnknown({ name: "openai-ky", env: "dev" }, keys)
    assert.strictEqual(message, "there is no API key openai-ky for dev; did you mean openai-key?")
    const role = new RoleUnknown({ role: "juinor", known: ["junior", "senior"] })
    assert.strictEqual(role.message, "there is no role juinor; the registry knows junior, senior; did you mean junior?")
  })

  it.prop(
    "is at a distance that no other word undercuts, and at most a third of its length",
    [
      Schema.String.check(Schema.isPattern(/^[ab]{0,5}$/)),
      Schema.Array(Schema.String.check(Schema.isPattern(/^[ab]{0,5}$/)))
    ],
    ([word, known]) => {
      const limit = Math.max(1, Math.floor(word.length / 3))
      const within = known.map((each) => distance(word, each)).filter((each) => each <= limit)
      const found = nearest(word, known)
      if (found === undefined) assert.deepStrictEqual(within, [])
      else assert.strictEqual(distance(word, found), Math.min(...within))
    },
    checked
  )
})
