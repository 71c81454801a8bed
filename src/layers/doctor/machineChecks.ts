/** Checks of the machine: Node, Claude Code, folders, disk, and what the environment says of the network. */
import { Clock, Effect, Option } from "effect"
import * as fs from "node:fs"
import { dirname, isAbsolute } from "node:path"
import { failing, pass, together, type Verdict } from "../../domain/doctor.ts"
import { claudeVerdict, diskVerdict, nodeVerdict, type Space } from "../../domain/doctorRules.ts"
import { TlsDisabled } from "../../domain/netErrors.ts"
import { shellWord } from "../../domain/shellWord.ts"
import { counted } from "../../domain/text.ts"
import { ClaudeCode } from "../../services/ClaudeCode.ts"
import { codeOf, fileError } from "../nodeFs.ts"
import { proxyFor } from "../proxyFor.ts"
import { cacheFolder, configFolder, dataFolder, lockFolder } from "../userFolders.ts"
import { verdictOf } from "./probe.ts"

export const node = Effect.map(Clock.currentTimeMillis, (now) => nodeVerdict(process.versions.node, now))

export const claude = Effect.gen(function* () {
  const program = yield* ClaudeCode
  const path = yield* program.find
  return claudeVerdict(path, Option.getOrUndefined(yield* program.version(path)))
})

/** The folder itself, or the nearest above it that is there. */
const nearestThere = (path: string): string =>
  fs.existsSync(path) || dirname(path) === path ? path : nearestThere(dirname(path))

const folderProblem = (what: string, path: string): Verdict | undefined => {
  if (!isAbsolute(path)) {
    return failing(`${what} is ${path}, which is no absolute path`, {
      next: "set XDG_CONFIG_HOME and the like to absolute paths"
    })
  }
  const there = nearestThere(path)
  try {
    if (!fs.statSync(there).isDirectory())
      return failing(`${there}, for ${what}, is not a folder`, { next: `ls -ld ${shellWord(there)}` })
    fs.accessSync(there, fs.constants.W_OK | fs.constants.X_OK)
    return undefined
  } catch (cause) {
    return failing(fileError(`write ${what} in`, there)(cause).message, { next: `ls -ld ${shellWord(there)}` })
  }
}

export const folders = Effect.sync(() => {
  const all = [
    ["the configuration", configFolder()],
    ["the data", dataFolder()],
    ["the cache", cacheFolder()],
    ["the locks", lockFolder()]
  ] as const
  const found = all.flatMap(([what, path]) => folderProblem(what, path) ?? [])
  return together(found, pass(`${counted(all.length, "folder")} can be written: configuration, data, cache, locks`))
})

/** Off the main thread: a network file system may not answer. */
const spaceIn = (what: string, path: string): Effect.Effect<Option.Option<Space>> =>
  Effect.option(
    Effect.tryPromise(() => fs.promises.statfs(nearestThere(path))).pipe(
      Effect.map(({ bavail, bsize }) => ({ what, path: nearestThere(path), free: bavail * bsize }))
    )
  )

export const disk = (root: string | undefined) =>
  Effect.map(
    Effect.all([
      spaceIn("crewkit's own data", dataFolder()),
      ...(root === undefined ? [] : [spaceIn("the project", root)])
    ]),
    (all) => diskVerdict(all.flatMap(Option.toArray))
  )

/** A certificate of the person's own that Node is to trust as well. */
const certificates = (): Verdict | undefined => {
  const file = process.env["NODE_EXTRA_CA_CERTS"] ?? ""
  if (file === "") return undefined
  const next = "NODE_EXTRA_CA_CERTS=/path/to/ca.pem names a file of PEM certificates"
  try {
    if (!fs.statSync(file).isFile()) return failing(`NODE_EXTRA_CA_CERTS names ${file}, which is not a file`, { next })
    return fs.readFileSync(file, "latin1").includes("-----BEGIN CERTIFICATE-----")
      ? undefined
      : failing(`NODE_EXTRA_CA_CERTS names ${file}, which holds no certificate`, { next })
  } catch (cause) {
    const reason = codeOf(cause) === "ENOENT" ? "which is not there" : "which cannot be read"
    return failing(`NODE_EXTRA_CA_CERTS names ${file}, ${reason}`, { next })
  }
}

/** Stands for any server: no registry is called that. */
const anywhere = new URL("https://registry.invalid")

export const network = Effect.sync(() => {
  const found: Array<Verdict> = []
  if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") found.push(verdictOf(new TlsDisabled()))
  const proxy = proxyFor(anywhere, process.env)
  if (typeof proxy === "string") {
    found.push(failing(`HTTPS_PROXY or ALL_PROXY is refused: ${proxy}`, { next: "HTTPS_PROXY=http://host:port" }))
  }
  const problem = certificates()
  if (problem !== undefined) found.push(problem)
  const extra = process.env["NODE_EXTRA_CA_CERTS"] ?? ""
  // Its user name and password are not repeated.
  const way = proxy instanceof URL ? `by the proxy ${proxy.host}` : "no proxy"
  return together(found, pass(`${way}${extra === "" ? "" : `, certificates of ${extra} trusted as well`}`))
})
