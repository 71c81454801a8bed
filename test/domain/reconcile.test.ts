import { assert, describe, it } from "@effect/vitest"
import { AgentName } from "../../src/domain/AgentName.ts"
import { changeEvent, type Content, lineCounts } from "../../src/domain/agentEvents.ts"
import { reconcile } from "../../src/domain/reconcile.ts"
import type { SyncItem, SyncReport } from "../../src/domain/SyncReport.ts"

const contentOf = (sha256: string): Content => ({ sha256, size: sha256.length, content: undefined })

const files = (all: Record<string, string>): ReadonlyMap<string, string> =>
  new Map(Object.entries(all).map(([name, hash]) => [`.claude/agents/${name}.md`, hash]))

const seen = (all: Record<string, string>): ReadonlyMap<string, Content> =>
  new Map([...files(all)].map(([file, hash]) => [file, contentOf(hash)]))

const report = (...items: ReadonlyArray<Omit<SyncItem, "name"> & { readonly name: string }>): SyncReport => ({
  mode: "apply",
  source: "registry",
  role: "senior",
  items: items.map((item) => ({ ...item, name: AgentName.make(item.name) })),
  unchanged: 0,
  refused: [],
  remarks: [],
  lockChanged: false
})

const told = (before: Omit<Parameters<typeof reconcile>[0], "contentOf">): ReadonlyArray<string> =>
  reconcile({ ...before, contentOf }).map(
    ({ after, before: former, by, file }) =>
      `${by.kind} ${file.slice(".claude/agents/".length, -".md".length)} ${former?.sha256 ?? "-"}>${after?.sha256 ?? "-"}`
  )

describe("between two looks", () => {
  it("nothing happened where nothing differs, and nothing is known before the first look", () => {
    assert.deepStrictEqual(told({ last: files({ a: "1" }), now: seen({ a: "1" }), report: undefined }), [])
    assert.deepStrictEqual(told({ last: undefined, now: seen({ a: "1" }), report: undefined }), [])
  })

  it("others created, edited and deleted", () => {
    const last = files({ a: "1", b: "1", "team/c": "1" })
    assert.deepStrictEqual(told({ last, now: seen({ a: "2", d: "1", "team/c": "1" }), report: undefined }), [
      "outside a 1>2",
      "outside b 1>-",
      "outside d ->1"
    ])
  })

  it("a sync replaced what others had done: both are told, in this order", () => {
    const item = { name: "a", status: "edited", action: "write", before: "2", after: "3", backup: "b" } as const
    assert.deepStrictEqual(told({ last: files({ a: "1" }), now: seen({ a: "3" }), report: report(item) }), [
      "outside a 1>2",
      "crewkit a 2>3"
    ])
  })

  it("a sync wrote, removed, and left alone", () => {
    const items = [
      { name: "new", status: "new", action: "write", after: "1" },
      { name: "gone", status: "removed", action: "remove", before: "1", backup: "b" },
      { name: "kept", status: "edited", action: "keep", before: "2", after: "1" }
    ] as const
    const last = files({ gone: "1", kept: "1" })
    assert.deepStrictEqual(told({ last, now: seen({ new: "1", kept: "2" }), report: report(...items) }), [
      "crewkit gone 1>-",
      "outside kept 1>2",
      "crewkit new ->1"
    ])
    const plan = { ...report(...items), mode: "plan" } as const
    assert.deepStrictEqual(told({ last, now: seen({ gone: "1", kept: "1" }), report: plan }), [])
  })
})

const text = (content: string): Content => ({ sha256: "x", size: content.length, content: Buffer.from(content) })

describe("a change", () => {
  it("counts its lines, where both contents are text", () => {
    assert.deepStrictEqual(lineCounts(text("a\nb\nc\n"), text("a\nx\ny\nc\n")), { added: 2, removed: 1 })
    assert.deepStrictEqual(lineCounts(undefined, text("a\nb\n")), { added: 2, removed: 0 })
    assert.deepStrictEqual(lineCounts(text("a\nb\n"), undefined), { added: 0, removed: 2 })
    assert.deepStrictEqual(lineCounts(text(""), { ...text(""), content: Buffer.from([0xff, 0xfe]) }), {})
    assert.deepStrictEqual(lineCounts(contentOf("1"), text("a")), {})
  })

  it("is called by what it did", () => {
    const by = { kind: "outside" } as const
    const typeOf = (before: Content | undefined, after: Content | undefined, restored = false): string =>
      changeEvent({ file: ".claude/agents/a.md", before, after, by, restored }).type.replace("io.crewkit.agent.", "")
    assert.strictEqual(typeOf(undefined, text("a")), "created")
    assert.strictEqual(typeOf(text("a"), text("b")), "edited")
    assert.strictEqual(typeOf(text("a"), undefined), "deleted")
    assert.strictEqual(typeOf(undefined, text("a"), true), "restored")
  })
})
