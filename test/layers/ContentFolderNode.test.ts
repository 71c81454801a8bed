import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import { maxAgentBytes } from "../../src/domain/acceptance.ts"
import { Slug } from "../../src/domain/AgentName.ts"
import * as ContentFolderNode from "../../src/layers/ContentFolderNode.ts"
import { sha256 } from "../../src/layers/nodeFs.ts"
import { ContentFolder, type ContentFile, type Snapshot } from "../../src/registry/ContentFolder.ts"
import { Scratch } from "../fakes/Scratch.ts"

const acme = Slug.make("acme")
const webShop = Slug.make("web-shop")

/** A registry in this folder of the scratch folder; a new one each time, as each run of crewkit has. */
const folderAt = (name: string) =>
  Layer.unwrap(
    Effect.map(Scratch, (scratch) =>
      ContentFolderNode.layer({
        folder: scratch.path(name),
        label: `./${name}`,
        index: scratch.path("project/.crewkit/registry-index.json")
      })
    )
  )

const snapshotOf = (name = "registry", project: Slug = webShop) =>
  ContentFolder.use((folder) => folder.snapshot(acme, project)).pipe(Effect.provide(folderAt(name)))

const filled = Effect.map(Scratch, (scratch) => {
  scratch.write("registry/agents/code-reviewer.md", "base")
  scratch.write("registry/orgs/acme/agents/code-reviewer.md", "organization")
  scratch.write("registry/orgs/acme/projects/web-shop/agents/code-reviewer.md", "project")
  scratch.write("registry/orgs/acme/projects/web-shop/agents/only-here.md", "own")
  scratch.write("registry/orgs/acme/projects/other/agents/only-there.md", "other")
  scratch.write("registry/orgs/globex/agents/foreign.md", "globex")
  scratch.write("registry/orgs/acme/org.yml", "name: Acme\n")
  scratch.write("registry/roles/junior.yml", "mode: coaching\n")
  return scratch
})

const names = (files: ReadonlyMap<string, ContentFile>): ReadonlyArray<string> => [...files.keys()]

const refusals = (snapshot: Snapshot): ReadonlyArray<string> =>
  snapshot.refused.map(({ file, name, reason }) => `${name} | ${file} | ${reason}`)

describe("a snapshot of the registry's folder", () => {
  it.effect("holds the files of each tier, of this organization and this project alone", () =>
    Effect.gen(function* () {
      yield* filled
      const snapshot = yield* snapshotOf()
      assert.deepStrictEqual(names(snapshot.base), ["code-reviewer"])
      assert.deepStrictEqual(names(snapshot.organization), ["code-reviewer"])
      assert.deepStrictEqual(names(snapshot.project), ["code-reviewer", "only-here"])
      assert.deepStrictEqual(names(snapshot.roles), ["junior"])
      assert.deepStrictEqual(snapshot.refused, [])
      assert.deepStrictEqual(snapshot.org, {
        path: "orgs/acme/org.yml",
        name: "org",
        sha256: sha256("name: Acme\n")
      })
      assert.deepStrictEqual(snapshot.project.get("only-here"), {
        path: "orgs/acme/projects/web-shop/agents/only-here.md",
        name: "only-here",
        sha256: sha256("own")
      })
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("of an organization or project that has nothing holds the base alone", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      scratch.write("registry/agents/code-reviewer.md", "base")
      const snapshot = yield* snapshotOf()
      assert.deepStrictEqual(names(snapshot.base), ["code-reviewer"])
      assert.deepStrictEqual([...snapshot.organization, ...snapshot.project, ...snapshot.roles], [])
      assert.isUndefined(snapshot.org)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("fails where there is no folder, or one that is no registry", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      const gone = yield* Effect.flip(snapshotOf("gone"))
      assert.strictEqual(gone._tag, "RegistryUnreachable")
      assert.include(gone.message, "./gone: there is no such folder")
      scratch.write("empty/readme.txt", "x")
      assert.include((yield* Effect.flip(snapshotOf("empty"))).message, "neither agents/ nor orgs/")
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe("an entry that cannot be an agent", () => {
  it.effect("is refused by its name, with what a name is made of", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      for (const name of ["Code Reviewer.md", "UPPER.md", "notes.txt", "-x.md", "a_b.md", `${"x".repeat(65)}.md`]) {
        scratch.write(`registry/agents/${name}`, "x")
      }
      scratch.write("registry/agents/.hidden.md", "x")
      scratch.write("registry/agents/.DS_Store", "x")
      const snapshot = yield* snapshotOf()
      assert.deepStrictEqual(names(snapshot.base), ["code-reviewer"])
      assert.deepStrictEqual(snapshot.refused.map(({ name }) => name).sort(), [
        "-x.md",
        "Code Reviewer.md",
        "UPPER.md",
        "a_b.md",
        "notes.txt",
        `${"x".repeat(65)}.md`
      ])
      assert.include(refusals(snapshot), "notes.txt | agents/notes.txt | not a .md file")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("is refused where it is a link or a folder, and the link is not followed", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      scratch.write("secret", "not ours")
      scratch.link(scratch.path("secret"), "registry/agents/leak.md")
      scratch.link("code-reviewer.md", "registry/agents/near.md")
      scratch.link(scratch.path("gone"), "registry/agents/nowhere.md")
      fs.mkdirSync(scratch.path("registry/agents/folder.md"))
      const snapshot = yield* snapshotOf()
      assert.deepStrictEqual(names(snapshot.base), ["code-reviewer"])
      assert.deepStrictEqual(refusals(snapshot), [
        "folder | agents/folder.md | not a regular file",
        "leak | agents/leak.md | not a regular file",
        "near | agents/near.md | not a regular file",
        "nowhere | agents/nowhere.md | not a regular file"
      ])
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("is refused above 1 MiB, and taken at just that", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      scratch.write("registry/agents/fits.md", "x".repeat(maxAgentBytes))
      scratch.write("registry/agents/large.md", "x".repeat(maxAgentBytes + 1))
      const snapshot = yield* snapshotOf()
      assert.deepStrictEqual(names(snapshot.base), ["code-reviewer", "fits"])
      assert.deepStrictEqual(refusals(snapshot), ["large | agents/large.md | larger than 1 MiB"])
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe("the digest of a snapshot", () => {
  const digest = (name?: string, project?: Slug) => Effect.map(snapshotOf(name, project), (snapshot) => snapshot.digest)

  it.effect(
    "is that of the content: the same in another folder, at another time, in whatever order it was written",
    () =>
      Effect.gen(function* () {
        const scratch = yield* filled
        const first = yield* digest()
        for (const path of [
          "roles/junior.yml",
          "orgs/acme/org.yml",
          "orgs/acme/projects/web-shop/agents/only-here.md",
          "orgs/acme/projects/web-shop/agents/code-reviewer.md",
          "orgs/acme/agents/code-reviewer.md",
          "agents/code-reviewer.md"
        ]) {
          scratch.write(`copy/${path}`, scratch.read(`registry/${path}`))
        }
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(yield* digest("copy"), first)
        assert.strictEqual(yield* digest(), first)
      }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("does not change with what belongs to others", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      const first = yield* digest()
      scratch.write("registry/orgs/globex/agents/foreign.md", "changed")
      scratch.write("registry/orgs/acme/projects/other/agents/only-there.md", "changed")
      scratch.write("registry/README.md", "changed")
      assert.strictEqual(yield* digest(), first)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("changes with every file that counts: its content, its name, its tier, its going", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      const seen = [yield* digest()]
      const changes: ReadonlyArray<() => void> = [
        () => scratch.write("registry/agents/code-reviewer.md", "base, changed"),
        () => scratch.write("registry/orgs/acme/agents/code-reviewer.md", "changed"),
        () => scratch.write("registry/orgs/acme/projects/web-shop/agents/only-here.md", "changed"),
        () => scratch.write("registry/roles/junior.yml", "mode: autonomous\n"),
        () => scratch.write("registry/orgs/acme/org.yml", "default_role: junior\n"),
        () => fs.renameSync(scratch.path("registry/agents/code-reviewer.md"), scratch.path("registry/agents/other.md")),
        () => fs.rmSync(scratch.path("registry/orgs/acme/agents/code-reviewer.md")),
        () => scratch.write("registry/agents/Not An Agent.md", "x")
      ]
      for (const change of changes) {
        change()
        seen.push(yield* digest())
      }
      assert.strictEqual(new Set(seen).size, seen.length)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("is of this moment, also where one and the same registry is asked again", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      yield* Effect.gen(function* () {
        const folder = yield* ContentFolder
        const first = yield* folder.snapshot(acme, webShop)
        fs.rmSync(scratch.path("registry/orgs/acme/projects/web-shop/agents/only-here.md"))
        const second = yield* folder.snapshot(acme, webShop)
        assert.notStrictEqual(second.digest, first.digest)
        scratch.write("registry/orgs/acme/projects/web-shop/agents/only-here.md", "own")
        assert.strictEqual((yield* folder.snapshot(acme, webShop)).digest, first.digest)
        yield* folder.snapshot(acme, Slug.make("other"))
        assert.strictEqual((yield* folder.snapshot(acme, webShop)).digest, first.digest)
      }).pipe(Effect.provide(folderAt("registry")))
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe("what is remembered of a folder", () => {
  const remembering = Effect.gen(function* () {
    const folder = yield* ContentFolder
    const snapshot = yield* folder.snapshot(acme, webShop)
    yield* folder.remember
    return snapshot
  }).pipe(Effect.provide(folderAt("registry")))

  const index = "project/.crewkit/registry-index.json"

  /** So long after a file was written that its stamp can be trusted. */
  const muchLater = TestClock.setTime(Date.UTC(2100, 0, 1))

  it.effect("spares reading a file whose stamp still fits", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      yield* muchLater
      yield* remembering
      scratch.write(index, scratch.read(index).replace(sha256("own"), sha256("as it was remembered")))
      const { project } = yield* snapshotOf()
      assert.strictEqual(project.get("only-here")?.sha256, sha256("as it was remembered"))
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("does not spare it where the file is as young as the stamp", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      yield* remembering
      scratch.write(index, scratch.read(index).replace(sha256("own"), sha256("as it was remembered")))
      const { project } = yield* snapshotOf()
      assert.strictEqual(project.get("only-here")?.sha256, sha256("own"))
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("gives the same snapshot the next time", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      const first = yield* remembering
      assert.isTrue(scratch.exists(index))
      assert.deepStrictEqual(yield* remembering, first)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("never hides a change, even of the same length", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      yield* muchLater
      const first = yield* remembering
      scratch.write("registry/agents/code-reviewer.md", "BASE")
      const second = yield* remembering
      assert.notStrictEqual(second.digest, first.digest)
      assert.strictEqual(second.base.get("code-reviewer")?.sha256, sha256("BASE"))
      fs.rmSync(scratch.path("registry/agents/code-reviewer.md"))
      scratch.write("registry/agents/new-one.md", "BASE")
      const third = yield* remembering
      assert.deepStrictEqual(names(third.base), ["new-one"])
      assert.notStrictEqual(third.digest, second.digest)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("is nothing where it cannot be read or is of another folder", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      const first = yield* remembering
      const kept = scratch.read(index)
      for (const text of ["", "{", "[]", kept.slice(0, -5), kept.replace(scratch.path("registry"), "/elsewhere")]) {
        scratch.write(index, text)
        assert.strictEqual((yield* snapshotOf()).digest, first.digest, text.slice(0, 40))
      }
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("does not stop anything where it cannot be written", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      scratch.write("project/.crewkit", "a file in place of the folder")
      assert.deepStrictEqual(names((yield* remembering).base), ["code-reviewer"])
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe("the text of an entry", () => {
  const textOf = (path: string) =>
    ContentFolder.use((folder) => folder.texts([{ path, name: "x", sha256: "" }])).pipe(
      Effect.flatMap((texts) => Effect.fromResult(Option.getOrThrow(Option.fromUndefinedOr(texts.get(path))))),
      Effect.provide(folderAt("registry"))
    )

  it.effect("is its UTF-8, a byte order mark included", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      scratch.write("registry/agents/x.md", "\ufeffö 🚀\r\n")
      assert.strictEqual(yield* textOf("agents/x.md"), "\ufeffö 🚀\r\n")
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("is a failure that names the file where it is not UTF-8", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      for (const bytes of [
        [0xff, 0xfe, 0x61, 0x00],
        [0x61, 0xc3],
        [0xed, 0xa0, 0x80]
      ]) {
        scratch.write("registry/agents/x.md", new Uint8Array(bytes))
        const error = yield* Effect.flip(textOf("agents/x.md"))
        assert.include(error.message, "could not read as UTF-8 agents/x.md")
      }
    }).pipe(Effect.provide(Scratch.layer))
  )
})

describe("a YAML file of the registry", () => {
  const yamlOf = (path: string) =>
    Effect.gen(function* () {
      const folder = yield* ContentFolder
      const snapshot = yield* folder.snapshot(acme, webShop)
      const file = [snapshot.org, ...snapshot.roles.values()].find((each) => each?.path === path)
      assert.isDefined(file)
      const data = yield* folder.yaml(file)
      yield* folder.remember
      return data
    }).pipe(Effect.provide(folderAt("registry")))

  it.effect("is plain data, the first time and from memory", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      scratch.write("registry/roles/junior.yml", "mode: coaching\ntools_removed: [Bash, Write]\n")
      const expected = { mode: "coaching", tools_removed: ["Bash", "Write"] }
      assert.deepStrictEqual<unknown>(yield* yamlOf("roles/junior.yml"), expected)
      assert.deepStrictEqual<unknown>(yield* yamlOf("roles/junior.yml"), expected)
    }).pipe(Effect.provide(Scratch.layer))
  )

  it.effect("that is no YAML is a failure with file and line", () =>
    Effect.gen(function* () {
      const scratch = yield* filled
      scratch.write("registry/roles/junior.yml", "mode: coaching\nprompt_prefix: a: b\n")
      const error = yield* Effect.flip(yamlOf("roles/junior.yml"))
      assert.strictEqual(error._tag, "RegistryUnreachable")
      assert.include(error.message, "roles/junior.yml:2: not YAML")
      assert.notInclude(error.message, "\n")
    }).pipe(Effect.provide(Scratch.layer))
  )
})
