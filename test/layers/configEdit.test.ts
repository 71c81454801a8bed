/** Changes of one value in a YAML text: the rest stands byte for byte. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { parse } from "yaml"
import { withSetting } from "../../src/layers/configEdit.ts"
import { checked } from "../fakes/agentArbitraries.ts"

const text = `# Slugs and settings.
org:   acme      # the company
project: 'web-shop'

sync:
    # we prune by hand
    prune: false   # see the handbook
    keepLocal: true

audit:
  required:
  - description  # always
  - model
  hooks: [ "npm test" ]
`

describe("one value of a configuration", () => {
  it("is replaced where it stands, in the quotes that it had", () => {
    assert.strictEqual(withSetting(text, ["org"], "umbrella"), text.replace("acme", "umbrella"))
    assert.strictEqual(withSetting(text, ["project"], "app"), text.replace("'web-shop'", "'app'"))
    assert.strictEqual(withSetting(text, ["sync", "prune"], true), text.replace("prune: false", "prune: true"))
  })

  it("is added behind its neighbours, in their indentation", () => {
    assert.strictEqual(withSetting(text.replace("    keepLocal: true\n", ""), ["sync", "keepLocal"], true), text)
    assert.strictEqual(withSetting(text, ["registry"], "../a b"), `${text}registry: ../a b\n`)
    assert.strictEqual(
      withSetting("org: acme", ["sessions", "capture"], "none"),
      "org: acme\nsessions:\n  capture: none\n"
    )
    assert.strictEqual(withSetting("# nothing yet\n", ["role"], "junior"), "# nothing yet\nrole: junior\n")
    assert.strictEqual(withSetting("", ["role"], "junior"), "role: junior\n")
  })

  it("is taken out with its line, and its group with it where that is left empty", () => {
    assert.strictEqual(withSetting(text, ["sync", "keepLocal"], undefined), text.replace("    keepLocal: true\n", ""))
    const alone = "org: acme\nsync:\n  prune: true\nproject: web\n"
    assert.strictEqual(withSetting(alone, ["sync", "prune"], undefined), "org: acme\nproject: web\n")
    assert.strictEqual(withSetting("role: junior\n", ["role"], undefined), "")
  })

  it("may be a list, which takes the place of the former one", () => {
    assert.strictEqual(
      withSetting(text, ["audit", "required"], ["tools"]),
      text.replace("  - description  # always\n  - model\n", "    - tools\n")
    )
    const some = withSetting(text, ["audit", "mcpServers"], ["a: b", "*"])
    assert.strictEqual(some, `${text}  mcpServers:\n    - "a: b"\n    - "*"\n`)
    assert.deepStrictEqual(parse(withSetting("org: a\n", ["audit", "hooks"], [])), { org: "a", audit: { hooks: [] } })
  })

  it("is quoted where YAML would read something else", () => {
    for (const value of ["true", "12", "null", "#no", "a: b", "- x", "", " y", "~", "&a", "two\nlines", "\u2028"]) {
      assert.deepStrictEqual(parse(withSetting("org: acme\n", ["registry"], value)), { org: "acme", registry: value })
    }
  })

  it("keeps the line ends of Windows", () => {
    const windows = "org: acme\r\nsync:\r\n  prune: true # x\r\n"
    assert.strictEqual(withSetting(windows, ["sync", "prune"], false), windows.replace("true", "false"))
    assert.strictEqual(withSetting(windows, ["sync", "keepLocal"], true), `${windows}  keepLocal: true\r\n`)
  })

  it("is right in other forms of YAML, too, and comments stay", () => {
    const forms = ["{org: acme, sync: {prune: true}} # flow\n", "org: acme # x\nsync:\n", "---\norg: acme # y\n...\n"]
    for (const form of forms) {
      const changed = withSetting(form, ["sync", "keepLocal"], true)
      assert.isTrue(parse(changed).sync.keepLocal, changed)
      assert.strictEqual(parse(changed).org, "acme")
      assert.match(changed, /# (?:flow|x|y)/)
    }
    const quoted = withSetting("{org: acme}\n", ["org"], "a, b")
    assert.deepStrictEqual(parse(quoted), { org: "a, b" })
  })

  it.prop(
    "leaves every other line as it is, whatever is set or taken out in whatever order",
    [
      Schema.Array(
        Schema.Struct({
          path: Schema.Literals(["org", "registry", "sync.prune", "sync.keepLocal", "sessions.capture"]),
          value: Schema.Literals(["one", "two: three", true, 5, "unset"])
        })
      )
    ],
    ([steps]) => {
      let now = text
      const said = new Map<string, unknown>()
      for (const { path, value } of steps) {
        const [first = "", ...rest] = path.split(".")
        now = withSetting(now, [first, ...rest], value === "unset" ? undefined : value)
        said.set(path, value === "unset" ? undefined : value)
      }
      const content = parse(now)
      for (const [path, value] of said) {
        assert.deepStrictEqual(
          path.split(".").reduce((at, key) => at?.[key], content),
          value
        )
      }
      for (const line of ["# Slugs and settings.", "project: 'web-shop'", "  - description  # always"]) {
        assert.include(now.split("\n"), line)
      }
    },
    checked
  )
})
