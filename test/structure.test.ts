/** The floor plan of the architecture, enforced: which folder may import which, and what no file may do. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { dirname, join, relative, resolve } from "node:path"

const src = join(dirname(import.meta.dirname), "src")

interface SourceFile {
  /** Below src. */
  readonly path: string
  /** First folder, or the file itself at the top. */
  readonly room: string
  readonly text: string
  readonly imports: ReadonlyArray<string>
}

const roomOf = (path: string): string => (path.includes("/") ? path.slice(0, path.indexOf("/")) : path)

const importsOf = (text: string): ReadonlyArray<string> =>
  [/^(?:import|export|\}).*?\bfrom "([^"]+)"/gm, /\bimport\("([^"]+)"\)/g, /^import "([^"]+)"/gm].flatMap((form) =>
    [...text.matchAll(form)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]))
  )

/** Lines without what stands in strings and comments. */
const codeLines = (text: string): ReadonlyArray<string> =>
  text
    .replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .split("\n")
    .map((line) => line.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, '""').replace(/\/\/.*$/, ""))

const files: ReadonlyArray<SourceFile> = fs
  .readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => {
    const file = join(entry.parentPath, entry.name)
    const path = relative(src, file).replaceAll("\\", "/")
    const text = fs.readFileSync(file, "utf8")
    return { path, room: roomOf(path), text, imports: importsOf(text) }
  })

/** The rooms, or the single files, that a room may reach. */
const arrows: Record<string, ReadonlyArray<string>> = {
  domain: ["domain"],
  api: ["api", "domain"],
  services: ["services", "domain"],
  registry: ["registry", "api", "services", "domain"],
  layers: ["layers", "services", "api", "registry", "domain"],
  commands: ["commands", "services", "domain"],
  // What tests of others import: in memory, over the rules and handlers that crewkit itself runs.
  testing: ["testing", "layers", "services", "api", "registry", "domain"],
  "main.ts": ["commands", "layers", "services", "api", "registry", "domain"],
  "launcher.ts": [
    "layers/embeddedFiles.ts",
    "layers/keychainChild.ts",
    "layers/makeFolder.ts",
    "layers/ownFiles.ts",
    "layers/plainHelp.ts"
  ]
}

const target = (file: SourceFile, specifier: string): string =>
  relative(src, resolve(src, dirname(file.path), specifier)).replaceAll("\\", "/")

const isLocal = (specifier: string): boolean => specifier.startsWith(".")

const isHandler = (path: string): boolean => path.endsWith(".run.ts")

const offenders = (test: (file: SourceFile) => ReadonlyArray<string>): ReadonlyArray<string> =>
  files.flatMap((file) => test(file).map((what) => `${file.path}: ${what}`))

describe("the floor plan", () => {
  it("has files in every room", () => {
    const rooms = new Set(files.map((file) => file.room))
    assert.deepStrictEqual([...rooms].sort(), Object.keys(arrows).sort())
  })

  it("lets imports go one way only", () => {
    const wrong = offenders((file) =>
      file.imports
        .filter(isLocal)
        .map((specifier) => target(file, specifier))
        .filter((path) => ![roomOf(path), path].some((one) => (arrows[file.room] ?? []).includes(one)))
    )
    assert.deepStrictEqual(wrong, [])
  })

  it("lets domain, api, services, registry and commands import nothing but effect beside each other", () => {
    const pure = new Set(["domain", "api", "services", "registry", "commands"])
    const wrong = offenders((file) =>
      pure.has(file.room)
        ? file.imports.filter(
            (specifier) => !isLocal(specifier) && specifier !== "effect" && !specifier.startsWith("effect/")
          )
        : []
    )
    assert.deepStrictEqual(wrong, [])
  })

  it("lets no command import another one's handler or specification, but for the tree of commands", () => {
    const specifications = new Set(files.filter((file) => /\bCommand\.make\(/.test(file.text)).map((file) => file.path))
    const wrong = offenders((file) => {
      if (file.room !== "commands" || file.path === "commands/root.ts") return []
      const own = new Set([...file.text.matchAll(/import\("(\.\/[^"]+\.run\.ts)"\)/g)].map((match) => match[1]))
      return file.imports
        .filter((specifier) => isLocal(specifier) && !own.has(specifier))
        .map((specifier) => target(file, specifier))
        .filter((path) => isHandler(path) || specifications.has(path))
    })
    assert.deepStrictEqual(wrong, [])
  })

  it("loads every handler lazily", () => {
    const wrong = offenders((file) =>
      [...file.text.matchAll(/from "([^"]+\.run\.ts)"/g)].flatMap((match) => (match[1] === undefined ? [] : [match[1]]))
    )
    assert.deepStrictEqual(wrong, [])
  })

  it("has no barrel file", () => {
    assert.deepStrictEqual(
      offenders((file) => (/(^|\/)index\.ts$/.test(file.path) ? ["index.ts"] : [])),
      []
    )
    assert.deepStrictEqual(
      offenders((file) => [...file.text.matchAll(/^export \*.*$/gm)].map((match) => match[0])),
      []
    )
  })

  it("keeps effects at the edges", () => {
    const edges = new Set(["layers", "main.ts", "launcher.ts"])
    const banned =
      /\bconsole\.|\bprocess\.|\bnew Date\(|\bDate\.now|\bMath\.random|\basync \(|\basync function|\btry \{/g
    const wrong = offenders((file) =>
      edges.has(file.room) ? [] : [...file.text.matchAll(banned)].map((match) => match[0])
    )
    assert.deepStrictEqual(wrong, [])
  })

  it("has no any and no non-null assertion, and says why where it asserts a type", () => {
    const wrong = offenders((file) => {
      const lines = file.text.split("\n")
      return codeLines(file.text).flatMap((line, index) => {
        if (/\bas any\b|: any\b|<any>|\w!\./.test(line)) return [line.trim()]
        const asserts = /\bas (?!const\b)[A-Z]/.test(line) && !/^import |^export \{/.test(line) && !/\* as /.test(line)
        return asserts &&
          !lines
            .slice(Math.max(0, index - 3), index + 1)
            .join("\n")
            .includes("Boundary:")
          ? [line.trim()]
          : []
      })
    })
    assert.deepStrictEqual(wrong, [])
  })

  it("keeps files small: none over 400 lines, the median under 120", () => {
    const lengths = files.map((file) => file.text.split("\n").length).sort((a, b) => a - b)
    assert.isAtMost(lengths.at(-1) ?? 0, 400)
    assert.isBelow(lengths[Math.floor(lengths.length / 2)] ?? 0, 120)
  })

  it("keeps service files to the tag: no implementation beside it", () => {
    assert.deepStrictEqual(
      offenders((file) => (file.room === "services" && /\bLayer\b/.test(file.text) ? ["a Layer"] : [])),
      []
    )
  })
})
