import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { AgentName } from "../../src/domain/AgentName.ts"
import {
  type Action,
  isDrift,
  planSync,
  type PlanInput,
  type PlanOptions,
  type Status
} from "../../src/domain/syncPlan.ts"
import { checked } from "../fakes/agentArbitraries.ts"

const one = AgentName.make("one")

const bools = [false, true]

const everyOptions = bools.flatMap((keepLocal) =>
  bools.flatMap((prune) => bools.map((replaceForeign) => ({ keepLocal, prune, replaceForeign })))
)
type Options = (typeof everyOptions)[number]

const optionsOf = ({ keepLocal, prune, replaceForeign }: Options): PlanOptions => ({
  keepLocal,
  prune,
  replaceForeign: () => replaceForeign
})

/** One agent's world: hashes are single letters. */
interface Case {
  readonly said: string
  readonly desired?: string
  readonly written?: ReadonlyArray<string>
  readonly disk?: string
  readonly refused?: boolean
  /** Undefined where the agent is not spoken of at all. */
  readonly status: Status | undefined
  readonly action?: Action | ((options: Options) => Action)
}

const unlessKept = ({ keepLocal }: Options): Action => (keepLocal ? "keep" : "write")

const table: ReadonlyArray<Case> = [
  { said: "nobody knows it", status: undefined },
  { said: "written once, gone since, no longer wanted", written: ["a"], status: undefined },

  { said: "wanted for the first time", desired: "a", status: "new", action: "write" },
  { said: "wanted, deleted here", desired: "a", written: ["a"], status: "missing", action: "write" },
  { said: "wanted anew, deleted here", desired: "b", written: ["a"], status: "missing", action: "write" },

  { said: "as wanted, written by us", desired: "a", written: ["a"], disk: "a", status: "unchanged", action: "none" },
  { said: "as wanted, by chance", desired: "a", disk: "a", status: "unchanged", action: "none" },
  { said: "edited into what is wanted", desired: "b", written: ["a"], disk: "b", status: "unchanged", action: "none" },

  {
    said: "as we wrote it, and the registry moved on",
    desired: "b",
    written: ["a"],
    disk: "a",
    status: "updated",
    action: "write"
  },
  {
    said: "as an interrupted sync wrote it, and the registry moved on",
    desired: "c",
    written: ["a", "b"],
    disk: "b",
    status: "updated",
    action: "write"
  },
  {
    said: "as before a sync that was interrupted",
    desired: "b",
    written: ["a", "b"],
    disk: "a",
    status: "updated",
    action: "write"
  },

  { said: "edited here", desired: "a", written: ["a"], disk: "x", status: "edited", action: unlessKept },
  {
    said: "edited here after an interrupted sync",
    desired: "b",
    written: ["a", "b"],
    disk: "x",
    status: "edited",
    action: unlessKept
  },
  {
    said: "edited here while the registry moved on",
    desired: "b",
    written: ["a"],
    disk: "x",
    status: "edited-and-updated",
    action: unlessKept
  },

  {
    said: "somebody else's file under the name of a wanted agent",
    desired: "a",
    disk: "x",
    status: "in-the-way",
    action: ({ replaceForeign }) => (replaceForeign ? "write" : "keep")
  },

  {
    said: "as we wrote it, no longer wanted",
    written: ["a"],
    disk: "a",
    status: "removed",
    action: ({ prune }) => (prune ? "remove" : "keep")
  },
  {
    said: "as an interrupted sync wrote it, no longer wanted",
    written: ["a", "b"],
    disk: "b",
    status: "removed",
    action: ({ prune }) => (prune ? "remove" : "keep")
  },
  {
    said: "edited here, no longer wanted",
    written: ["a"],
    disk: "x",
    status: "removed-and-edited",
    action: ({ keepLocal, prune }) => (prune && !keepLocal ? "remove" : "keep")
  },
  { said: "somebody else's file", disk: "x", status: "foreign", action: "keep" },

  { said: "refused, never here", refused: true, status: "refused", action: "keep" },
  { said: "refused, deleted here", refused: true, written: ["a"], status: "refused", action: "keep" },
  { said: "refused, as we wrote it", refused: true, written: ["a"], disk: "a", status: "refused", action: "keep" },
  { said: "refused, edited here", refused: true, written: ["a"], disk: "x", status: "refused", action: "keep" },
  { said: "refused, somebody else's file", refused: true, disk: "x", status: "refused", action: "keep" }
]

const mapOf = <A>(value: A | undefined): ReadonlyMap<AgentName, A> =>
  value === undefined ? new Map() : new Map([[one, value]])

const inputOf = ({ desired, disk, refused, written }: Case): PlanInput => ({
  desired: mapOf(desired),
  written: mapOf(written),
  disk: mapOf(disk),
  refused: refused === true ? new Set([one]) : new Set()
})

describe("the three-way comparison of one agent", () => {
  for (const row of table) {
    it(`${row.said}: ${row.status ?? "no item"}`, () => {
      for (const options of everyOptions) {
        const plan = planSync(inputOf(row), optionsOf(options))
        if (row.status === undefined) {
          assert.deepStrictEqual(plan, [])
          continue
        }
        const action = typeof row.action === "function" ? row.action(options) : (row.action ?? "none")
        assert.deepStrictEqual(
          plan,
          [
            {
              name: one,
              status: row.status,
              action,
              ...(row.disk === undefined ? {} : { before: row.disk }),
              ...(row.desired === undefined ? {} : { after: row.desired })
            }
          ],
          JSON.stringify(options)
        )
      }
    })
  }

  it("asks for each file in the way by its name", () => {
    const two = AgentName.make("two")
    const plan = planSync(
      {
        desired: new Map([
          [one, "a"],
          [two, "a"]
        ]),
        written: new Map(),
        disk: new Map([
          [one, "x"],
          [two, "x"]
        ]),
        refused: new Set()
      },
      { keepLocal: false, prune: true, replaceForeign: (name) => name === two }
    )
    assert.deepStrictEqual(
      plan.map(({ action, name }) => [name, action]),
      [
        ["one", "keep"],
        ["two", "write"]
      ]
    )
  })

  it("speaks of a refused entry only where its name could be an agent's", () => {
    const plan = planSync(
      { desired: new Map(), written: new Map(), disk: new Map(), refused: new Set(["Read Me.md", "fine"]) },
      { keepLocal: false, prune: true, replaceForeign: () => false }
    )
    assert.deepStrictEqual(
      plan.map(({ name }) => name),
      ["fine"]
    )
  })
})

const Hash = Schema.Literals(["a", "b", "c"])
const optional = Schema.optionalKey

/** Six agents, each in any state; what is refused is not wanted at the same time. */
const Entry = Schema.Struct({
  desired: optional(Hash),
  written: optional(Schema.Union([Schema.Tuple([Hash]), Schema.Tuple([Hash, Hash])])),
  disk: optional(Hash),
  refused: Schema.Boolean
})
const World = Schema.Tuple([Entry, Entry, Entry, Entry, Entry, Entry])
const names = ["code-reviewer", "a", "zz-9", "b", "b-1", "constructor"].map((name) => AgentName.make(name))

const Choice = Schema.Struct({ keepLocal: Schema.Boolean, prune: Schema.Boolean, replaceForeign: Schema.Boolean })

const worldOf = (world: typeof World.Type): PlanInput => {
  const desired = new Map<AgentName, string>()
  const written = new Map<AgentName, ReadonlyArray<string>>()
  const disk = new Map<AgentName, string>()
  const refused = new Set<string>()
  for (const [index, entry] of world.entries()) {
    const name = names[index]
    if (name === undefined) continue
    if (entry.refused) refused.add(name)
    else if (entry.desired !== undefined) desired.set(name, entry.desired)
    if (entry.written !== undefined) written.set(name, entry.written)
    if (entry.disk !== undefined) disk.set(name, entry.disk)
  }
  return { desired, written, disk, refused }
}

/** What a sync does with a plan, as far as the next one can see it. */
const carriedOut = (input: PlanInput, options: PlanOptions): PlanInput => {
  const disk = new Map(input.disk)
  const written = new Map<AgentName, ReadonlyArray<string>>()
  for (const { action, after, before, name, status } of planSync(input, options)) {
    const ours = input.written.get(name)
    if (action === "write" && after !== undefined) {
      disk.set(name, after)
      written.set(name, [after])
    } else if (action === "remove") disk.delete(name)
    else if (status === "unchanged" && before !== undefined) written.set(name, [before])
    else if (ours !== undefined) written.set(name, ours)
  }
  return { ...input, disk, written }
}

const thorough = { arbitrary: { ...checked.arbitrary, runs: 500 } }

describe("a plan", () => {
  it.prop(
    "that was carried out leaves nothing to do",
    [World, Choice],
    ([world, choice]) => {
      const options = optionsOf(choice)
      const after = carriedOut(worldOf(world), options)
      for (const item of planSync(after, options)) assert.include(["none", "keep"], item.action, JSON.stringify(item))
    },
    thorough
  )

  it.prop(
    "that was carried out without keeping anything leaves no drift but what is refused or in the way",
    [World],
    ([world]) => {
      const options = optionsOf({ keepLocal: false, prune: true, replaceForeign: false })
      const after = carriedOut(worldOf(world), options)
      for (const item of planSync(after, options)) {
        assert.include(["unchanged", "foreign", "refused", "in-the-way"], item.status, JSON.stringify(item))
      }
    },
    thorough
  )

  it.prop(
    "leaves a file that crewkit never wrote as it is, unless somebody agreed to replace it",
    [World, Choice],
    ([world, choice]) => {
      const input = worldOf(world)
      for (const item of planSync(input, optionsOf({ ...choice, replaceForeign: false }))) {
        if (input.written.has(item.name) || !input.disk.has(item.name)) continue
        assert.include(["keep", "none"], item.action, JSON.stringify(item))
      }
    },
    thorough
  )

  it.prop(
    "removes nothing that crewkit did not write, agreed or not",
    [World, Choice],
    ([world, choice]) => {
      const input = worldOf(world)
      for (const item of planSync(input, optionsOf(choice))) {
        if (item.action !== "remove") continue
        assert.isTrue(input.written.has(item.name))
        assert.isFalse(input.desired.has(item.name))
        assert.isFalse(input.refused.has(item.name))
        assert.isTrue(choice.prune)
      }
    },
    thorough
  )

  it.prop(
    "never touches what is edited here while edits are kept",
    [World, Choice],
    ([world, choice]) => {
      const input = worldOf(world)
      for (const item of planSync(input, optionsOf({ ...choice, keepLocal: true, replaceForeign: false }))) {
        const before = input.disk.get(item.name)
        if (before === undefined || input.written.get(item.name)?.includes(before) === true) continue
        assert.include(["keep", "none"], item.action, JSON.stringify(item))
      }
    },
    thorough
  )

  it.prop(
    "writes exactly what is wanted, and says what is there before",
    [World, Choice],
    ([world, choice]) => {
      const input = worldOf(world)
      for (const item of planSync(input, optionsOf(choice))) {
        assert.strictEqual(item.after, input.desired.get(item.name))
        assert.strictEqual(item.before, input.disk.get(item.name))
        if (item.action === "write") assert.isDefined(item.after)
      }
    },
    thorough
  )

  it.prop(
    "speaks of every agent that is wanted, on disk or refused, once, in the order of names",
    [World, Choice],
    ([world, choice]) => {
      const input = worldOf(world)
      const spoken = planSync(input, optionsOf(choice)).map(({ name }) => name)
      const expected = new Set<string>([...input.desired.keys(), ...input.disk.keys(), ...input.refused])
      assert.deepStrictEqual<ReadonlyArray<string>>(spoken, [...expected].sort())
    },
    thorough
  )

  it.prop(
    "does not depend on the order in which its maps were filled",
    [World, Choice],
    ([world, choice]) => {
      const input = worldOf(world)
      const turned: PlanInput = {
        desired: new Map([...input.desired].reverse()),
        written: new Map([...input.written].reverse()),
        disk: new Map([...input.disk].reverse()),
        refused: new Set([...input.refused].reverse())
      }
      assert.deepStrictEqual(planSync(turned, optionsOf(choice)), planSync(input, optionsOf(choice)))
    },
    thorough
  )
})

describe("drift", () => {
  it("is everything but what is unchanged and what is not ours", () => {
    const drifting = table
      .map(({ status }) => status)
      .filter((status) => status !== undefined)
      .filter((status) => isDrift({ name: one, status, action: "keep" }))
    assert.deepStrictEqual([...new Set(drifting)].sort(), [
      "edited",
      "edited-and-updated",
      "in-the-way",
      "missing",
      "new",
      "refused",
      "removed",
      "removed-and-edited",
      "updated"
    ])
  })

  it("takes for ours what an unfinished sync wrote, and for foreign what somebody put in its place", () => {
    const name = AgentName.make("one")
    const base = {
      desired: new Map([[name, "new"]]),
      written: new Map(),
      begun: new Map([[name, ["old"]]]),
      refused: new Set<string>()
    }
    const options = { keepLocal: false, prune: true, replaceForeign: () => false }
    const statusOf = (disk: string, desired = base.desired) =>
      planSync({ ...base, desired, disk: new Map([[name, disk]]) }, options).map((item) => item.status)
    assert.deepStrictEqual(statusOf("old"), ["updated"])
    assert.deepStrictEqual(statusOf("theirs"), ["in-the-way"])
    assert.deepStrictEqual(statusOf("old", new Map()), ["removed"])
    assert.deepStrictEqual(statusOf("theirs", new Map()), ["foreign"])
  })
})
