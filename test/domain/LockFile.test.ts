import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { AgentName, Slug } from "../../src/domain/AgentName.ts"
import { LockFile, lockDifferences, lockText, type LockTarget, updateLock } from "../../src/domain/LockFile.ts"
import { checked } from "../fakes/agentArbitraries.ts"

const reviewer = AgentName.make("code-reviewer")
const writer = AgentName.make("test-writer")
const junior = Slug.make("junior")
const senior = Slug.make("senior")

const identity = { org: Slug.make("acme"), project: Slug.make("web-shop"), role: junior }

const hash = (letter: string): string => letter.repeat(64)

const target = (version: string, letter: string): LockTarget => ({ version, tiers: ["base"], sha256: hash(letter) })

const none: ReadonlySet<string> = new Set()

const lockOf = (
  targets: ReadonlyArray<readonly [AgentName, LockTarget]>,
  role: Slug = junior,
  before?: LockFile,
  refused: ReadonlySet<string> = none
): LockFile => updateLock(before, { ...identity, role }, new Map(targets), refused)

describe("the lock after a sync", () => {
  it("names the project, and of each agent its version, its tiers and the role's hash", () => {
    assert.deepStrictEqual(lockOf([[reviewer, { ...target("1", "a"), tiers: ["base", "project"] }]]), {
      lockVersion: 1,
      org: identity.org,
      project: identity.project,
      agents: { [reviewer]: { version: "1", tiers: ["base", "project"], sha256: { [junior]: hash("a") } } }
    })
  })

  it("keeps another role's hash of the same version", () => {
    const before = lockOf([[reviewer, target("1", "a")]], senior)
    const after = lockOf([[reviewer, target("1", "b")]], junior, before)
    assert.deepStrictEqual(after.agents[reviewer]?.sha256, { [junior]: hash("b"), [senior]: hash("a") })
  })

  it("drops another role's hash of another version: it is the hash of a file that is no more", () => {
    const before = lockOf([[reviewer, target("1", "a")]], senior)
    const after = lockOf([[reviewer, target("2", "b")]], junior, before)
    assert.deepStrictEqual(after.agents[reviewer], { version: "2", tiers: ["base"], sha256: { [junior]: hash("b") } })
  })

  it("replaces its own role's hash", () => {
    const before = lockOf([[reviewer, target("1", "a")]])
    assert.deepStrictEqual(lockOf([[reviewer, target("1", "b")]], junior, before).agents[reviewer]?.sha256, {
      [junior]: hash("b")
    })
  })

  it("forgets an agent that the registry no longer has", () => {
    const before = lockOf([
      [reviewer, target("1", "a")],
      [writer, target("1", "b")]
    ])
    assert.deepStrictEqual(Object.keys(lockOf([[writer, target("1", "b")]], junior, before).agents), [writer])
  })

  it("keeps the entry of an agent that the registry has and refuses for now", () => {
    const before = lockOf([[reviewer, target("1", "a")]])
    const after = lockOf([[writer, target("1", "b")]], junior, before, new Set([reviewer, "Not A Name.md"]))
    assert.deepStrictEqual(after.agents[reviewer], before.agents[reviewer])
    assert.deepStrictEqual(Object.keys(after.agents), [reviewer, writer])
  })

  it("makes no entry for a refused agent that was never locked", () => {
    assert.deepStrictEqual(lockOf([], junior, undefined, new Set([reviewer])).agents, {})
  })

  it("is the same text in whatever order agents and roles came", () => {
    const targets: ReadonlyArray<readonly [AgentName, LockTarget]> = [
      [writer, target("1", "b")],
      [reviewer, target("1", "a")]
    ]
    const there = lockOf(targets, junior, lockOf(targets, senior))
    const back = lockOf([...targets].reverse(), senior, lockOf([...targets].reverse(), junior))
    assert.strictEqual(lockText(there), lockText(back))
  })

  it.prop(
    "is settled: the same sync again writes the same text, and finds no difference",
    [
      Schema.Array(
        Schema.Tuple([
          Schema.Literals(["code-reviewer", "test-writer", "a", "b-2"]),
          Schema.Literals(["1", "2"]),
          Schema.Literals(["a", "b"])
        ])
      ),
      Schema.Boolean
    ],
    ([entries, other]) => {
      const targets = entries.map(([name, version, letter]) => [AgentName.make(name), target(version, letter)] as const)
      const before = other ? lockOf(targets.slice(1), senior) : undefined
      const lock = lockOf(targets, junior, before)
      assert.strictEqual(lockText(lockOf(targets, junior, lock)), lockText(lock))
      assert.deepStrictEqual(lockDifferences(lock, junior, new Map(targets)), [])
    },
    checked
  )
})

describe("what differs from the lock", () => {
  const lock = lockOf([[reviewer, target("1", "a")]])
  const differences = (targets: ReadonlyArray<readonly [AgentName, LockTarget]>, role: Slug = junior) =>
    lockDifferences(lock, role, new Map(targets))

  it("is nothing where it names just this", () => {
    assert.deepStrictEqual(differences([[reviewer, target("1", "a")]]), [])
  })

  it("is an agent that it does not name, and one that is no longer there", () => {
    assert.deepStrictEqual(differences([[writer, target("1", "a")]]), [
      "code-reviewer: in the lock, no longer in the registry",
      "test-writer: not in the lock"
    ])
  })

  it("is another version", () => {
    assert.deepStrictEqual(differences([[reviewer, target("2", "a")]]), [
      "code-reviewer: the lock names version 1, the registry has 2"
    ])
  })

  it("is other content under the same version", () => {
    assert.deepStrictEqual(differences([[reviewer, target("1", "b")]]), [
      "code-reviewer: same version, other content for the role junior"
    ])
  })

  it("is a role that never synced this version", () => {
    assert.deepStrictEqual(differences([[reviewer, target("1", "a")]], senior), [
      "code-reviewer: the lock has no hash for the role senior"
    ])
  })
})

describe("the lock's text", () => {
  const lock = lockOf([[reviewer, target("1", "a")]])
  const decode = Schema.decodeUnknownResult(Schema.fromJsonString(LockFile))

  it("is JSON of two spaces with one line end at the end, and reads back as it was", () => {
    assert.match(lockText(lock), /^\{\n {2}"lockVersion": 1,\n[^]*\n\}\n$/)
    assert.deepStrictEqual(decode(lockText(lock)), Result.succeed(lock))
  })

  it("never gives out an entry whose name could lead out of the folder", () => {
    for (const name of ["../code-reviewer", "/etc/passwd", "a/b", "A", "__proto__"]) {
      const read = decode(lockText(lock).replace('"code-reviewer"', JSON.stringify(name)))
      assert.deepStrictEqual(Result.isSuccess(read) ? Object.keys(read.success.agents) : [], [], name)
    }
  })

  it("is refused where a hash, a tier or the version of the form is not what it should be", () => {
    const broken = [
      lockText(lock).replace(hash("a"), hash("A")),
      lockText(lock).replace(hash("a"), "a".repeat(63)),
      lockText(lock).replace('"lockVersion": 1', '"lockVersion": 2'),
      lockText(lock).replace('"base"', '"basement"'),
      "[]"
    ]
    for (const text of broken) {
      assert.notStrictEqual(text, lockText(lock))
      assert.isTrue(Result.isFailure(decode(text)), text)
    }
  })
})
