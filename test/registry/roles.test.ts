import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { Slug } from "../../src/domain/AgentName.ts"
import { builtInRoles } from "../../src/domain/Role.ts"
import * as ContentFolderNode from "../../src/layers/ContentFolderNode.ts"
import { ContentFolder } from "../../src/registry/ContentFolder.ts"
import { roleOf } from "../../src/registry/roles.ts"
import * as CallerMemory from "../fakes/CallerMemory.ts"
import { Scratch } from "../fakes/Scratch.ts"

const acme = Slug.make("acme")
const webShop = Slug.make("web-shop")

const registry = Layer.unwrap(
  Effect.map(Scratch, (scratch) =>
    ContentFolderNode.layer({ folder: scratch.path("registry"), label: "registry", index: scratch.path("index.json") })
  )
)

const role = (asked?: string) =>
  Effect.gen(function* () {
    const snapshot = yield* ContentFolder.use((folder) => folder.snapshot(acme, webShop))
    return yield* roleOf(snapshot, asked === undefined ? undefined : Slug.make(asked))
  }).pipe(Effect.provide(registry))

const roleName = (asked?: string) => Effect.map(role(asked), ({ name }) => name)

const members = `
members:
  - { name: Jo, email: Jo@Example.com, role: junior }
  - { email: sam@example.com, role: senior }
  - { email: kim@example.com }
`

const withOrg = (org: string) =>
  Effect.map(Scratch, (scratch) => {
    scratch.write("registry/agents/a.md", "x")
    scratch.write("registry/orgs/acme/org.yml", org)
    return scratch
  })

const as = (email?: string) => Effect.provide([CallerMemory.layer(email), Scratch.layer])

describe("a caller's role", () => {
  it.effect("is intermediate where nothing is said", () =>
    Effect.gen(function* () {
      const scratch = yield* Scratch
      scratch.write("registry/agents/a.md", "x")
      assert.deepStrictEqual(
        yield* role(),
        builtInRoles.find(({ name }) => name === "intermediate")
      )
    }).pipe(as("jo@example.com"))
  )

  it.effect("is that of the member with their e-mail, upper and lower case alike", () =>
    Effect.gen(function* () {
      yield* withOrg(members)
      assert.strictEqual(yield* roleName(), "junior")
    }).pipe(as("jo@EXAMPLE.com"))
  )

  it.effect("is the organization's default for a member without one, for a stranger and for nobody", () =>
    Effect.gen(function* () {
      yield* withOrg(`default_role: junior\n${members}`)
      for (const email of ["kim@example.com", "stranger@example.com", undefined, ""]) {
        assert.strictEqual(yield* Effect.provide(roleName(), CallerMemory.layer(email)), "junior", email)
      }
    }).pipe(as())
  )

  it.effect("is not that of an e-mail which only resembles a member's", () =>
    Effect.gen(function* () {
      yield* withOrg(members)
      for (const email of ["sam@example.com.evil.example", "xsam@example.com", "sam", "*", " sam@example.com"]) {
        assert.strictEqual(yield* Effect.provide(roleName(), CallerMemory.layer(email)), "intermediate", email)
      }
    }).pipe(as())
  )

  it.effect("does not ask for the e-mail where the organization lists nobody", () =>
    Effect.gen(function* () {
      yield* withOrg("default_role: senior\n")
      assert.strictEqual(yield* roleName(), "senior")
      const { lookups } = yield* CallerMemory.CallerState
      assert.strictEqual(yield* Ref.get(lookups), 0)
    }).pipe(as("sam@example.com"))
  )
})

describe("asking for a role", () => {
  it.effect("downwards is granted", () =>
    Effect.gen(function* () {
      yield* withOrg(members)
      assert.strictEqual(yield* roleName("intermediate"), "intermediate")
      assert.strictEqual(yield* roleName("junior"), "junior")
      assert.strictEqual(yield* roleName("senior"), "senior")
    }).pipe(as("sam@example.com"))
  )

  it.effect("upwards is refused, and says what one's own is", () =>
    Effect.gen(function* () {
      yield* withOrg(members)
      for (const asked of ["intermediate", "senior"]) {
        const error = yield* Effect.flip(role(asked))
        assert.strictEqual(error._tag, "RoleNotAllowed")
        assert.include(error.message, "junior")
      }
    }).pipe(as("jo@example.com"))
  )

  it.effect("for another of the same freedom is refused", () =>
    Effect.gen(function* () {
      const scratch = yield* withOrg(members)
      scratch.write("registry/roles/expert.yml", "mode: autonomous\n")
      assert.strictEqual((yield* Effect.flip(role("expert")))._tag, "RoleNotAllowed")
    }).pipe(as("sam@example.com"))
  )

  it.effect("for one that nobody knows names those that are known", () =>
    Effect.gen(function* () {
      const scratch = yield* withOrg(members)
      scratch.write("registry/roles/expert.yml", "mode: autonomous\n")
      const error = yield* Effect.flip(role("wizard"))
      assert.strictEqual(
        error._tag === "RoleUnknown" ? error.known.join(" ") : error._tag,
        "expert intermediate junior senior"
      )
    }).pipe(as("sam@example.com"))
  )

  it.effect("does not get past a mode that the registry's own file has changed", () =>
    Effect.gen(function* () {
      const scratch = yield* withOrg(members)
      scratch.write("registry/roles/junior.yml", "mode: autonomous\n")
      scratch.write("registry/roles/intermediate.yml", "mode: coaching\n")
      assert.strictEqual(
        yield* Effect.provide(roleName("intermediate"), CallerMemory.layer("jo@example.com")),
        "intermediate"
      )
      const raised = yield* Effect.flip(Effect.provide(role("junior"), CallerMemory.layer("kim@example.com")))
      assert.strictEqual(raised._tag, "RoleNotAllowed")
    }).pipe(as())
  )
})

describe("a role's file", () => {
  it.effect("takes the place of the role that is built in", () =>
    Effect.gen(function* () {
      const scratch = yield* withOrg("default_role: junior\n")
      scratch.write(
        "registry/roles/junior.yml",
        "mode: collaborative\ndescription: d\nprompt_prefix: |\n  Careful.\ntools_removed: [Bash]\npermission_mode: plan\n"
      )
      assert.deepStrictEqual(yield* role(), {
        name: Slug.make("junior"),
        mode: "collaborative",
        description: "d",
        promptPrefix: "Careful.",
        toolsRemoved: ["Bash"],
        permissionMode: "plan"
      })
    }).pipe(as())
  )

  for (const [said, text] of [
    ["a mode that nobody knows", "mode: free\n"],
    ["no mode", "prompt_prefix: hi\n"],
    ["an unknown key, a restriction with a slip of the pen perhaps", "mode: autonomous\ntool_removed: [Bash]\n"],
    ["the permission mode that skips every check", "mode: autonomous\npermission_mode: bypassPermissions\n"],
    ["tools that are not a list", "mode: autonomous\ntools_removed: Bash\n"],
    ["no YAML", "mode: [\n"],
    ["nothing", ""]
  ] as const) {
    it.effect(`with ${said} hands out nothing`, () =>
      Effect.gen(function* () {
        const scratch = yield* withOrg("default_role: junior\n")
        scratch.write("registry/roles/junior.yml", text)
        const error = yield* Effect.flip(role())
        assert.strictEqual(error._tag, "RegistryUnreachable")
        assert.include(error.message, "roles/junior.yml")
        assert.notInclude(error.message, "\n")
      }).pipe(as())
    )
  }

  for (const [said, text] of [
    ["a member without an e-mail", "members:\n  - { role: senior }\n"],
    ["a role that is no slug", "default_role: Senior Dev\n"],
    ["an unknown key", "default: junior\n"],
    ["a list", "- a\n"]
  ] as const) {
    it.effect(`of the organization with ${said} hands out nothing either`, () =>
      Effect.gen(function* () {
        yield* withOrg(text)
        const error = yield* Effect.flip(role())
        assert.strictEqual(error._tag, "RegistryUnreachable")
        assert.include(error.message, "orgs/acme/org.yml")
      }).pipe(as("sam@example.com"))
    )
  }

  it.effect("that the organization names and nobody has is an error, not a guess", () =>
    Effect.gen(function* () {
      yield* withOrg("default_role: wizard\n")
      assert.strictEqual((yield* Effect.flip(role()))._tag, "RoleUnknown")
    }).pipe(as())
  )
})
