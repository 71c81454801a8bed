/** What a release says of its content: everything that is in it, and the same bytes for the same content. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { installedWith, nodeComponent, sbom } from "../../scripts/sbom.ts"

interface Bom {
  readonly serialNumber: string
  readonly components: ReadonlyArray<{ readonly "bom-ref": string; readonly name: string; readonly licenses: unknown }>
  readonly dependencies: ReadonlyArray<{ readonly ref: string; readonly dependsOn: ReadonlyArray<string> }>
}

const root = dirname(dirname(import.meta.dirname))
const subject = { name: "@crewkit/cli", version: "0.1.0", root, time: "2026-01-02T03:04:05.000Z" }
const effect = { name: "effect", version: "4.1.0", license: "MIT", text: "" }
const parse = (text: string): Bom => JSON.parse(text)

/** The packages that the build found in the bundle, as its notices list them. */
const noticed = (): ReadonlyArray<string> =>
  fs
    .readFileSync(join(root, "dist", "THIRD-PARTY.txt"), "utf8")
    .split("\n----\n\n")
    .map((notice) => notice.split(" ")[0] ?? "")

describe("the SBOM of a release", () => {
  it("names what is bundled and what npm installs on any system, each with a licence, and no tool", () => {
    const bundled = noticed().map((name) => ({ ...effect, name }))
    assert.include(noticed(), "effect")
    const bom = parse(sbom(subject, bundled, installedWith(root), "in the bundle"))
    const names = bom.components.map(({ name }) => name)
    assert.includeMembers([...noticed()], ["fs-native-extensions", "which-runtime"])
    for (const name of [...noticed(), "@napi-rs/keyring", "@napi-rs/keyring-darwin-arm64"]) {
      assert.include(names, name)
    }
    for (const name of ["vitest", "rolldown", "typescript", "require-addon"]) assert.notInclude(names, name)
    assert.lengthOf(new Set(names), names.length)
    for (const { licenses, name } of bom.components) assert.isDefined(licenses, name)
    const refs = new Set([`${subject.name}@${subject.version}`, ...bom.components.map((each) => each["bom-ref"])])
    for (const { dependsOn, ref } of bom.dependencies)
      for (const each of [ref, ...dependsOn]) assert.isTrue(refs.has(each), each)
  })

  it("is the same for the same content, and another for other content", () => {
    const beside = { components: [nodeComponent("26.10.0")], dependencies: [] }
    const once = sbom(subject, [effect], beside, "in the executable")
    assert.strictEqual(sbom(subject, [effect], beside, "in the executable"), once)
    const other = sbom(subject, [{ ...effect, version: "4.1.1" }], beside, "in the executable")
    assert.notStrictEqual(parse(other).serialNumber, parse(once).serialNumber)
    assert.match(parse(once).serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})
