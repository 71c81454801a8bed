/**
 * What is in a release, as CycloneDX 1.5: what npm installs beside it, as `npm sbom` says from the lock, and what is in
 * the bundle, which no tool sees from outside. The same tree gives the same bytes: the time is that of the commit, the
 * serial number is made of the content.
 */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import type { BundledPackage } from "./build.ts"

interface Component {
  readonly "bom-ref": string
  readonly name: string
  readonly version: string
  readonly [more: string]: unknown
}

interface Document {
  readonly components: ReadonlyArray<Component>
  readonly dependencies: ReadonlyArray<{ readonly ref: string; readonly dependsOn: ReadonlyArray<string> }>
}

export interface Subject {
  readonly name: string
  readonly version: string
  readonly root: string
  /** ISO 8601. */
  readonly time: string
}

const purlOf = (name: string, version: string): string => `pkg:npm/${name.replace("@", "%40")}@${version}`

const place = (value: string) => [{ name: "crewkit:place", value }]

const bundledComponent = ({ license, name, version }: BundledPackage, where: string): Component => ({
  "bom-ref": `${where}:${name}@${version}`,
  type: "library",
  name,
  version,
  scope: "required",
  purl: purlOf(name, version),
  licenses: [{ license: { id: license } }],
  properties: place(where)
})

/** On every system: the lock names the binaries of all of them. */
export const installedWith = (root: string): Document => {
  const args = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only", "--omit", "dev", "--loglevel=error"]
  const said: Document = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" }))
  const components = said.components.map((each) => ({ ...each, properties: place("installed by npm") }))
  return { components, dependencies: said.dependencies }
}

/** Node is no package of npm's to those who look for its weaknesses. */
export const nodeComponent = (version: string): Component => ({
  "bom-ref": `node@${version}`,
  type: "platform",
  name: "node",
  version,
  purl: `pkg:generic/node@${version}`,
  cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
  licenses: [{ license: { id: "MIT" } }],
  properties: place("in the executable")
})

export const sbom = (
  subject: Subject,
  bundled: ReadonlyArray<BundledPackage>,
  beside: Document,
  where: "in the bundle" | "in the executable"
): string => {
  const { name, root: _, time, version } = subject
  const ref = `${name}@${version}`
  const inside = bundled.map((each) => bundledComponent(each, where))
  const components = [...inside, ...beside.components]
  const graph = beside.dependencies.filter((each) => each.ref !== ref)
  const direct = beside.dependencies.find((each) => each.ref === ref)?.dependsOn ?? []
  const metadata = {
    timestamp: time,
    component: {
      "bom-ref": ref,
      type: "application",
      name,
      version,
      purl: purlOf(name, version),
      licenses: [{ license: { id: "MIT" } }]
    }
  }
  const dependencies = [
    { ref, dependsOn: [...inside.map((each) => each["bom-ref"]), ...direct] },
    ...inside.map((each) => ({ ref: each["bom-ref"], dependsOn: [] })),
    ...graph
  ]
  const digest = createHash("sha256")
    .update(JSON.stringify([metadata, components, dependencies]))
    .digest("hex")
  // A UUID of version 8: its bits are what we say they are.
  const uuid = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata,
    components,
    dependencies
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}
