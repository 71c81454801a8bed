/**
 * The first file that Node runs. `--version` and plain `--help` are answered from what the build wrote, without loading
 * the program; everything else loads it, with its code compiled by an earlier run.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import type { Script } from "node:vm"
import { embeddedModules, embeddedText } from "./layers/embeddedFiles.ts"
import { helperWord, startEarly } from "./layers/keychainChild.ts"
import { makeFolder } from "./layers/makeFolder.ts"
import { loadOwn } from "./layers/ownFiles.ts"
import { plainHelp } from "./layers/plainHelp.ts"

declare const CREWKIT_VERSION: string
declare const CREWKIT_BUILD: string
/** Whether this is the launcher of the single-file executable; the build leaves out what the other one does. */
declare const CREWKIT_EXECUTABLE: boolean

// `crewkit help sync` is `crewkit sync --help`.
if (process.argv[2] === "help") process.argv.splice(2, process.argv.length, ...process.argv.slice(3), "--help")

const args = process.argv.slice(2)

/** Loaded when they are needed: `--version` is not to wait for them. */
const loader = () => process.getBuiltinModule("node:module")
const homedir = () => process.getBuiltinModule("node:os").homedir()

/** The help of `crewkit a b --help`, in colour where a terminal wants it. */
const staticHelp = (): string | undefined => {
  const last = args.at(-1)
  if (last !== "--help" && last !== "-h") return undefined
  const path = args.slice(0, -1)
  if (path.some((word) => !/^[a-z]+$/.test(word))) return undefined
  const name = `${["crewkit", ...path].join("-")}.ansi`
  const file = join(import.meta.dirname, "help", name)
  const onDisk = () => (existsSync(file) ? readFileSync(file, "utf8") : undefined)
  const text = CREWKIT_EXECUTABLE ? embeddedText(`help/${name}`) : onDisk()
  const { NO_COLOR, TERM } = process.env
  const color = process.stdout.isTTY && (NO_COLOR ?? "") === "" && TERM !== "dumb"
  return color || text === undefined ? text : plainHelp(text)
}

/** In the person's own cache folder: a shared temporary folder could hold somebody else's code. */
const cacheFolder = (): string => {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  if (XDG_CACHE_HOME !== undefined && XDG_CACHE_HOME !== "") return join(XDG_CACHE_HOME, "crewkit")
  if (process.platform === "win32" && LOCALAPPDATA !== undefined) return join(LOCALAPPDATA, "crewkit", "cache")
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "crewkit")
  return join(homedir(), ".cache", "crewkit")
}

/** Milliseconds after which the code of another build is dropped: by then nobody runs it, or it is made anew. */
const week = 7 * 24 * 3600 * 1000

const dropOtherBuilds = (own: string): void => {
  for (const name of readdirSync(dirname(own))) {
    const other = join(dirname(own), name)
    if (other !== own && Date.now() - statSync(other).mtimeMs > week) rmSync(other, { recursive: true, force: true })
  }
}

/**
 * Compiles our own files, and keeps their compiled code in the cache folder. Node's own compile cache (from 22.1 on)
 * stores what was compiled while loading; this stores, at the end, what the command really ran, which makes a start a
 * quarter shorter (`bench/startup.ts`) and works on Node 20. V8 compares no more than the length of the source, so the
 * build's id is in the path. Everything that a command loads as JavaScript is a file of ours.
 */
const keepingCompiler = (folder: string): ((file: string, source: string) => Script) => {
  const vm = process.getBuiltinModule("node:vm")
  const fresh = new Map<string, Script>()
  const kept = (file: string) => join(folder, `${basename(file)}.bin`)
  process.on("exit", () => {
    if (fresh.size === 0) return
    try {
      makeFolder(folder)
      for (const [file, script] of fresh) {
        const temporary = `${kept(file)}.${process.pid}`
        writeFileSync(temporary, script.createCachedData(), { mode: 0o600 })
        renameSync(temporary, kept(file))
      }
      dropOtherBuilds(dirname(folder))
    } catch {
      // A cache that cannot be written is no reason to fail.
    }
  })
  return (file, source) => {
    const cached = existsSync(kept(file)) ? readFileSync(kept(file)) : undefined
    const script = new vm.Script(loader().wrap(source), {
      filename: file,
      ...(cached === undefined ? {} : { cachedData: cached })
    })
    if (cached === undefined || script.cachedDataRejected === true) fresh.set(file, script)
    return script
  }
}

/** The text of one of our files: the build writes them in ASCII, which is the fastest to read. */
const textOnDisk = (file: string): string | undefined => {
  const path = join(import.meta.dirname, file)
  return existsSync(path) ? readFileSync(path, "latin1") : undefined
}

/** Modules of Node, and the one package that is not in the bundle. */
const moduleOnDisk = (name: string): unknown =>
  process.getBuiltinModule(name) ?? loader().createRequire(import.meta.filename)(name)

/** Loads one of our files, and what it requires. */
const loadFile = (entry: string, compile: (file: string, source: string) => Script): void => {
  if (CREWKIT_EXECUTABLE) {
    loadOwn(entry, { text: embeddedText, compile, other: embeddedModules(cacheFolder()), folder: "" })
  } else loadOwn(entry, { text: textOnDisk, compile, other: moduleOnDisk, folder: import.meta.dirname })
}

/** Each command runs code of its own. */
const commands = new Set([
  "init",
  "sync",
  "code",
  "agents",
  "backups",
  "sessions",
  "config",
  "auth",
  "whoami",
  "keys",
  "registry",
  "doctor",
  "telemetry",
  "schema",
  "update",
  "feedback"
])

/** Commands that are sure to ask the keychain first thing, unless the environment says that it is not asked at all. */
const asksKeychain = ([first, second]: ReadonlyArray<string>): boolean => {
  const { CREWKIT_TOKEN, CREWKIT_TOKEN_STORE } = process.env
  if (first === "doctor") return CREWKIT_TOKEN_STORE !== "vault"
  if ((CREWKIT_TOKEN ?? "") !== "" || CREWKIT_TOKEN_STORE === "vault") return false
  return first === "whoami" || (first === "auth" && second === "status")
}

/**
 * Loads the program without stack traces: Effect reads one while it loads (`Utils.ts`), for which V8 parses the whole
 * bundle again to find line numbers, a quarter of the start. `--debug` keeps them.
 */
const load = (compiledCode: string): void => {
  const limit = Error.stackTraceLimit
  if (!args.includes("--debug")) Error.stackTraceLimit = 0
  loadFile("main.cjs", keepingCompiler(compiledCode))
  Error.stackTraceLimit = limit
}

const start = (): void => {
  const [word = ""] = args
  const early = asksKeychain(args)
  if (early) startEarly(cacheFolder())
  // What a status runs is a third of what a login does, and all that is kept is read.
  const command = early && word !== "doctor" ? "status" : commands.has(word) ? word : "crewkit"
  // Scripts of other names: the two ways to have crewkit would make each other's code anew.
  const kind = CREWKIT_EXECUTABLE ? "-executable" : ""
  load(join(cacheFolder(), "code", `${CREWKIT_BUILD}-${process.version}-${process.arch}${kind}`, command))
}

/** A file that is too small to keep its compiled code. */
const loadSmall = (file: string): void => {
  const { Script: Plain } = process.getBuiltinModule("node:vm")
  loadFile(file, (path, source) => new Plain(loader().wrap(source), { filename: path }))
}

/** The executable is its own helper of the keychain: there is no other file to start. */
const beHelper = (): void => {
  process.argv.splice(2, 1)
  loadSmall("keychain.cjs")
}

/** A shell asks at every TAB, and reads the script at every start. */
const completes =
  args[0] === "__complete" ||
  (args.length === 2 && args[0] === "--completions" && /^(?:(?:ba|z|fi|pw)?sh|powershell)$/.test(args[1] ?? ""))

if (args.length === 1 && (args[0] === "--version" || args[0] === "-v")) {
  process.stdout.write(`@crewkit/cli/${CREWKIT_VERSION} ${process.platform}-${process.arch} node-${process.version}\n`)
} else if (completes) {
  loadSmall("complete.cjs")
} else if (CREWKIT_EXECUTABLE && args[0] === helperWord) {
  beHelper()
} else {
  const help = staticHelp()
  if (help === undefined) start()
  else process.stdout.write(help)
}
