/**
 * Builds `dist/`: the bundle, the help texts that the launcher prints, and the notices of what is bundled. To import it
 * is to build: `executable.ts` and `release.ts` go on from there.
 */
import { createHash } from "node:crypto"
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { rolldown, type Plugin, type RolldownOutput } from "rolldown"
import { Effect } from "effect"
import { CliOutput, Command } from "effect/cli"
import type { CommandTree } from "../src/domain/completion/CommandTree.ts"
import { plainHelp } from "../src/layers/plainHelp.ts"
import { makeCommandTree } from "./commandTree.ts"
import { bundleTesting, declareTesting } from "./testingLibrary.ts"

const root = dirname(import.meta.dirname)
const dist = join(root, "dist")
const { version }: { readonly version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

/** The folder below `node_modules` of the package to which a bundled module belongs, nested ones whole. */
const packageOf = (id: string): string | undefined =>
  /\/node_modules\/((?:(?:@[^/]+\/)?[^/]+\/node_modules\/)*(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]

interface Bundled {
  /** Folders below `node_modules`. */
  readonly packages: ReadonlySet<string>
  /** Changes with the code. */
  readonly id: string
}

/** The modules in a file of the bundle and in all files that it requires at once; `name` is that of the file's module. */
const loadedWith = (output: RolldownOutput["output"], name: string): ReadonlySet<string> => {
  const chunks = new Map(output.flatMap((each) => (each.type === "chunk" ? [[each.fileName, each] as const] : [])))
  const entry = [...chunks.values()].find((chunk) => chunk.name === name)?.fileName
  const seen = new Set<string>()
  const visit = (file: string): void => {
    const chunk = chunks.get(file)
    if (chunk === undefined || seen.has(file)) return
    seen.add(file)
    chunk.imports.forEach(visit)
  }
  if (entry !== undefined) visit(entry)
  return new Set([...seen].flatMap((file) => chunks.get(file)?.moduleIds ?? []))
}

/** Services that only the commands about crewkit itself ask for, and a crash. */
const ofUpkeep = /\/src\/services\/(?:Consent|CrashReports|Installation|Releases)\.ts$/
interface More {
  readonly build?: string
  /** The tree of commands, for completion. */
  readonly commands?: CommandTree
  readonly source?: string
  /** For the single-file executable: where to, and SHA-256 by the name of the native module inside. */
  readonly executable?: { readonly folder: string; readonly natives: Record<string, string> }
}

/** The package of the file lock, and the name of its file in `dist/`. */
const lockName = "fs-native-extensions"
const minify = process.env["CREWKIT_READABLE"] !== "1"

/** The launcher reads the files as Latin-1, which is faster than UTF-8, and half the memory of a text with one `…`. */
const ascii: Plugin = {
  name: "ascii",
  generateBundle: (_options, bundle) => {
    for (const file of Object.values(bundle)) {
      if (file.type !== "chunk") continue
      file.code = file.code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    }
  }
}

const bundledIn = (output: RolldownOutput["output"]): Bundled => {
  const hash = createHash("sha256")
  const packages = new Set<string>()
  for (const chunk of output) {
    if (chunk.type !== "chunk") continue
    hash.update(chunk.code)
    for (const name of chunk.moduleIds.map(packageOf)) if (name !== undefined) packages.add(name)
  }
  return { packages, id: hash.digest("hex").slice(0, 16) }
}

/** Bundles one entry as CommonJS, which Node starts faster than modules. */
export const bundle = async (
  entry: string,
  external: ReadonlyArray<string>,
  { build = "", commands, source = `${entry}.ts`, executable }: More = {}
): Promise<Bundled> => {
  const bundler = await rolldown({
    input: { [entry]: join(root, "src", source) },
    platform: "node",
    external: [...external],
    resolve: {
      alias: {
        debug: join(root, "scripts/noDebug.ts"),
        "@secretlint/profiler": join(root, "scripts/noProfiler.ts")
      }
    },
    transform: {
      target: "node20.19",
      define: {
        CREWKIT_VERSION: JSON.stringify(version),
        CREWKIT_BUILD: JSON.stringify(build),
        CREWKIT_COMMANDS: JSON.stringify(JSON.stringify(commands ?? {})),
        CREWKIT_SENTRY_DSN: JSON.stringify(process.env["CREWKIT_SENTRY_DSN"] ?? ""),
        __SENTRY_DEBUG__: "false",
        CREWKIT_LOCK: JSON.stringify(`./${lockName}.cjs`),
        CREWKIT_EXECUTABLE: JSON.stringify(executable !== undefined),
        CREWKIT_NATIVES: JSON.stringify(executable?.natives ?? {}),
        "import.meta.dirname": "__dirname",
        "import.meta.filename": "__filename"
      },
      inject: { "Intl.Segmenter": [join(root, "scripts/LazySegmenter.ts"), "LazySegmenter"] }
    },
    plugins: [ascii],
    treeshake: true,
    logLevel: "warn"
  })
  const options = {
    dir: executable?.folder ?? dist,
    format: "cjs",
    entryFileNames: "[name].cjs",
    chunkFileNames: "[name]-[hash].cjs",
    minify,
    banner: entry === "launcher" && executable === undefined ? "#!/usr/bin/env node" : ""
  } as const
  const first = await bundler.generate(options)
  // Each file costs half a millisecond. So what every start loads is one, and what a login needs beyond that another;
  // but for what a first sync asks a folder with; a third one is what reads the session log.
  const core = loadedWith(first.output, entry)
  const login = new Set(
    ["remoteServices", "chosenStore", "authStatus.run", "auth", "whoami", "credentialItems"].flatMap((name) => [
      ...loadedWith(first.output, name)
    ])
  )
  const sessions = new Set(["sessionServices", "sessionShown"].flatMap((name) => [...loadedWith(first.output, name)]))
  const folder = loadedWith(first.output, "registryClient")
  // A sync needs these for the shape of its report; the model itself only where an agent changes.
  const reported = /\/src\/domain\/audit\/(?:ClientModel|capability(?:Changes|Text))\.ts$/
  const chunkOf = (id: string): string | null =>
    core.has(id) || (/\/src\/services\//.test(id) && !ofUpkeep.test(id)) || reported.test(id)
      ? "core"
      : login.has(id) && !folder.has(id)
        ? "login"
        : sessions.has(id) && !login.has(id) && !folder.has(id)
          ? "sessions"
          : null
  const { output } = await bundler.write({
    ...options,
    codeSplitting: { groups: [{ name: chunkOf }] }
  })
  await bundler.close()
  return bundledIn(output)
}

/**
 * The file lock: its package's own JavaScript as one file, and the binaries of the systems that crewkit runs on in
 * `native/`. The package itself is four times as large: it has them for telephones and for another runtime too.
 */
const bundleLock = async (): Promise<Bundled> => {
  const bundler = await rolldown({
    input: { [lockName]: join(root, "node_modules", lockName, "index.js") },
    platform: "node",
    plugins: [
      {
        name: "native",
        resolveId: (id) => (id === "./binding" ? "\0native" : null),
        load: (id) =>
          id === "\0native" ? "module.exports = require(`./native/${process.platform}-${process.arch}.node`)" : null
      }
    ]
  })
  const { output } = await bundler.write({ dir: dist, format: "cjs", entryFileNames: "[name].cjs", minify })
  await bundler.close()
  mkdirSync(join(dist, "native"))
  for (const system of ["linux", "darwin", "win32"]) {
    for (const processor of ["x64", "arm64"]) {
      const name = `${system}-${processor}`
      const binary = join(root, "node_modules", lockName, "prebuilds", name, `${lockName}.node`)
      copyFileSync(binary, join(dist, "native", `${name}.node`))
    }
  }
  return bundledIn(output)
}

export interface BundledPackage {
  readonly name: string
  readonly version: string
  readonly license: string
  /** The licence's text. */
  readonly text: string
}

/** What a package says of itself. */
export const packageAt = (folder: string): BundledPackage => {
  const path = join(root, "node_modules", folder)
  const files = readdirSync(path).filter((each) => /^licen[cs]e(?:\.[a-z]+)?$/i.test(each))
  if (files.length === 0) throw new Error(`${folder} has no licence text to ship`)
  const { name, version, license }: BundledPackage = JSON.parse(readFileSync(join(path, "package.json"), "utf8"))
  return {
    name,
    version,
    license,
    text: files.map((file) => readFileSync(join(path, file), "utf8").trim()).join("\n\n")
  }
}

export const notices = (packages: ReadonlyArray<BundledPackage>): string =>
  packages.map(({ name, version, text }) => `${name} ${version}\n\n${text}\n`).join("\n----\n\n")

const paths = [
  [],
  ["init"],
  ["sync"],
  ["code"],
  ["agents"],
  ["agents", "list"],
  ["agents", "show"],
  ["agents", "explain"],
  ["agents", "diff"],
  ["agents", "audit"],
  ["backups"],
  ["backups", "list"],
  ["backups", "show"],
  ["backups", "diff"],
  ["backups", "restore"],
  ["backups", "prune"],
  ["sessions"],
  ["sessions", "list"],
  ["sessions", "show"],
  ["sessions", "verify"],
  ["sessions", "report"],
  ["sessions", "export"],
  ["sessions", "prune"],
  ["sessions", "anchor"],
  ["sessions", "push"],
  ["auth"],
  ["auth", "login"],
  ["auth", "status"],
  ["auth", "logout"],
  ["whoami"],
  ["keys"],
  ["keys", "set"],
  ["keys", "list"],
  ["keys", "rotate"],
  ["keys", "remove"],
  ["keys", "run"],
  ["config"],
  ["config", "show"],
  ["config", "get"],
  ["config", "set"],
  ["config", "validate"],
  ["doctor"],
  ["telemetry"],
  ["telemetry", "status"],
  ["telemetry", "enable"],
  ["telemetry", "disable"],
  ["telemetry", "preview"],
  ["schema"],
  ["update"],
  ["feedback"],
  ["registry"],
  ["registry", "serve"],
  ["registry", "user"],
  ["registry", "user", "add"]
]

/** The help of one command, as the program itself would print it. */
const helpOf = async (path: ReadonlyArray<string>, colors: boolean): Promise<string> => {
  const { crewkitFor } = await import("../src/commands/root.ts")
  const { environment } = await import("../src/commands/environment.ts")
  const { globals } = await import("../src/commands/globals.ts")
  const formatter = CliOutput.defaultFormatter({ colors })
  let text = ""
  const presenter: CliOutput.Presenter = {
    present: (event) =>
      Effect.sync(() => {
        if (event._tag === "Help") text = `${formatter.formatHelpDoc(event.helpDoc)}\n`
      })
  }
  // Without a word about help the program makes no command but the one that is named.
  const crewkit = await Effect.runPromise(crewkitFor(["--help"]))
  const cli = crewkit.pipe(Command.withGlobalFlags(globals))
  // Boundary: with --help no handler runs, so what handlers ask for is never looked up.
  const run = Command.runWith(cli, { version })([...path, "--help"]) as Effect.Effect<void, unknown>
  await Effect.runPromise(run.pipe(Effect.provide([environment, CliOutput.layerPresenter(presenter)])))
  if (text === "") throw new Error(`no help for crewkit ${path.join(" ")}`)
  return text
}

rmSync(dist, { recursive: true, force: true })
const main = await bundle("main", [])
const lock = await bundleLock()
/** Of all that the launcher keeps compiled. */
export const buildId = createHash("sha256").update(main.id).update(lock.id).digest("hex").slice(0, 16)
const launcher = await bundle("launcher", [], { build: buildId })
const helper = await bundle("keychain", ["@napi-rs/keyring"], { source: "layers/keychainHelper.ts" })
const completion = await bundle("complete", [], { source: "layers/complete.ts", commands: await makeCommandTree() })
const testing = bundledIn(await bundleTesting(dist))
declareTesting(join(dist, "types"))
/** Whose code is in `dist/`. */
export const bundledPackages = [
  ...new Set([main, lock, launcher, helper, completion, testing].flatMap(({ packages }) => [...packages]))
]
  .sort()
  .map(packageAt)
writeFileSync(join(dist, "THIRD-PARTY.txt"), notices(bundledPackages))
mkdirSync(join(dist, "help"))
for (const path of paths) {
  const name = ["crewkit", ...path].join("-")
  const text = await helpOf(path, true)
  if (plainHelp(text) !== (await helpOf(path, false))) throw new Error(`${name}: not the plain help`)
  writeFileSync(join(dist, "help", `${name}.ansi`), text)
}
const { manPage } = await import("./manPage.ts")
mkdirSync(join(root, "man"), { recursive: true })
writeFileSync(join(root, "man", "crewkit.1"), await manPage())
