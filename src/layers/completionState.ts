/**
 * What completion knows from the disk, without Effect: names of agents, backups, sessions, keys, roles. Only names of
 * the closed alphabets that crewkit itself uses come out of here, so none needs quoting in any shell, and what else lies
 * in the folders is passed over. Asks no keychain, no network; what cannot be read is not there.
 */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from "node:fs"
import { join, resolve, sep } from "node:path"
import type { Candidate, ValueNode } from "../domain/completion/CommandTree.ts"
import type { Given } from "../domain/completion/question.ts"
import { backupTimePattern, keyNamePattern, segmentPattern, slugPattern } from "../domain/namePatterns.ts"
import { readPlainYaml } from "./plainYaml.ts"
import { configPath, findRoot } from "./projectRoot.ts"
import { dataFolder } from "./userFolders.ts"

/** Bytes: of a larger file only so much is read, or none where a part is of no use. */
const headSize = 2048
const ledgerSize = 256 * 1024
const wholeSize = 8 * 1024 * 1024

/** Agents whose files are opened for their descriptions; the others are names alone. */
const described = 250

const orElse = <A>(read: () => A, otherwise: A): A => {
  try {
    return read()
  } catch {
    return otherwise
  }
}

const textOf = (file: string): string =>
  orElse(() => {
    const stat = statSync(file)
    return stat.isFile() && stat.size <= wholeSize ? readFileSync(file, "utf8") : ""
  }, "")

const jsonOf = (file: string): unknown => orElse((): unknown => JSON.parse(textOf(file)), undefined)

/** A piece of a file, as large as the buffer: its beginning, or its end. */
const partOf = (file: string, bytes: Buffer, from: "start" | "end"): string =>
  orElse(() => {
    const fd = openSync(file, "r")
    try {
      const at = from === "start" ? 0 : Math.max(0, fstatSync(fd).size - bytes.length)
      return bytes.toString("utf8", 0, readSync(fd, bytes, 0, bytes.length, at))
    } finally {
      closeSync(fd)
    }
  }, "")

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined

const namesOf = (value: unknown): ReadonlyArray<string> =>
  typeof value === "object" && value !== null ? Object.keys(value) : []

/** What lies in a folder, and in no link out of the project. */
const listed = (root: string, folder: string, kind: "file" | "folder"): ReadonlyArray<string> =>
  orElse(() => {
    if (!realpathSync.native(folder).startsWith(join(realpathSync.native(root), sep))) return []
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => (kind === "file" ? entry.isFile() : entry.isDirectory()))
      .map(({ name }) => name)
  }, [])

const withEnding = (names: ReadonlyArray<string>, ending: string, pattern: RegExp): ReadonlyArray<string> =>
  names.flatMap((name) => {
    const bare = name.endsWith(ending) ? name.slice(0, -ending.length) : ""
    return pattern.test(bare) ? [bare] : []
  })

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

/** The description in the frontmatter, where it is one plain line. */
const descriptionIn = (text: string): string => {
  const [, frontmatter = ""] = /^---\r?\n([^]*?)(?:\r?\n---|$)/.exec(text) ?? []
  const [, value = ""] = /^description:[ \t]+(\S.*)$/m.exec(frontmatter) ?? []
  const quoted = /^(["'])(.*)\1\s*$/.exec(value)?.[2]
  return quoted ?? (/^["'|>&*!]/.test(value) ? "" : value)
}

const lockOf = (root: string): unknown => fieldOf(jsonOf(join(root, ".agent", "agents.lock")), "agents")

const agents = (root: string, describe: boolean): ReadonlyArray<Candidate> => {
  const folder = join(root, ".claude", "agents")
  const here = withEnding(listed(root, folder, "file"), ".md", slugPattern)
  const personal = withEnding(listed(root, join(root, ".agent", "local"), "file"), ".md", slugPattern)
  const locked = namesOf(lockOf(root)).filter((name) => slugPattern.test(name))
  const onDisk = new Set(describe && here.length <= described ? here : [])
  const head = Buffer.alloc(headSize)
  return [...new Set([...here, ...locked, ...personal])].sort().map((name) => ({
    name,
    about: onDisk.has(name) ? descriptionIn(partOf(join(folder, `${name}.md`), head, "start")) : ""
  }))
}

/** Newest first. */
const timesIn = (files: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...withEnding(files, ".md", backupTimePattern)].sort().reverse()

const timesOf = (root: string, agent: string): ReadonlyArray<string> =>
  slugPattern.test(agent) ? timesIn(listed(root, join(root, ".claude", ".backups", agent), "file")) : []

const backups = (root: string): ReadonlyArray<Candidate> => {
  const folder = join(root, ".claude", ".backups")
  const agents = listed(root, folder, "folder").filter((name) => slugPattern.test(name))
  return [...agents].sort().flatMap((name) => {
    const times = timesIn(orElse(() => readdirSync(join(folder, name)), []))
    return times.length === 0 ? [] : [{ name, about: `${counted(times.length, "backup")}, newest ${times[0]}` }]
  })
}

const ledger = "ledger.jsonl"

/** By session, in the order in which they began: when, and what it was. */
const openedIn = (folder: string): ReadonlyMap<string, string> => {
  const opened = new Map<string, string>()
  for (const line of partOf(join(folder, ledger), Buffer.alloc(ledgerSize), "end").split("\n")) {
    if (!line.includes('"type":"io.crewkit.ledger.opened"')) continue
    const record = orElse((): unknown => JSON.parse(line), undefined)
    const id = fieldOf(fieldOf(record, "data"), "session")
    const kind = fieldOf(fieldOf(record, "data"), "kind")
    const time = fieldOf(record, "time")
    if (typeof id !== "string" || typeof kind !== "string" || typeof time !== "string") continue
    opened.set(id, `${time.slice(0, 16).replace("T", " ")}, ${kind}`)
  }
  return opened
}

/** Newest first, by the beginning of their ids where that is enough. */
const sessions = (root: string, typed: string): ReadonlyArray<Candidate> => {
  const folder = join(root, ".crewkit", "sessions")
  const files = listed(root, folder, "file")
  const there = new Set(files.flatMap((name) => segmentPattern.exec(name)?.[1] ?? []))
  if (there.size === 0) return []
  const opened = files.includes(ledger) ? openedIn(folder) : new Map<string, string>()
  const recent = [...opened.keys()].filter((id) => there.has(id)).reverse()
  const ids = [...recent, ...[...there].filter((id) => !opened.has(id))]
  const starts = new Map<string, number>()
  for (const id of ids) starts.set(id.slice(0, 8), (starts.get(id.slice(0, 8)) ?? 0) + 1)
  const shown = (id: string): string => (typed.length > 8 || starts.get(id.slice(0, 8)) !== 1 ? id : id.slice(0, 8))
  return [
    { name: "last", about: "the newest session" },
    ...ids.map((id) => ({ name: shown(id), about: opened.get(id) ?? "" }))
  ]
}

/** The environments of each key, from the list that is kept beside the store of the values. */
const keyList = (): ReadonlyMap<string, ReadonlyArray<string>> => {
  const found = new Map<string, Array<string>>()
  const list = fieldOf(jsonOf(join(dataFolder(), "keys.json")), "keys")
  for (const key of Array.isArray(list) ? list : []) {
    const name = fieldOf(key, "name")
    const env = fieldOf(key, "env")
    if (typeof name !== "string" || !keyNamePattern.test(name) || (env !== "dev" && env !== "prod")) continue
    found.set(name, [...(found.get(name) ?? []), env])
  }
  return found
}

const keys = (of: (environments: ReadonlyArray<string>) => boolean): ReadonlyArray<Candidate> =>
  [...keyList()].filter(([, all]) => of(all)).map(([name, all]) => ({ name, about: all.join(", ") }))

const keyNames = (typed: string): ReadonlyArray<Candidate> => {
  const before = typed.split(",").slice(0, -1)
  if (!before.every((name) => keyNamePattern.test(name))) return []
  return keys(() => true).flatMap(({ about, name }) =>
    before.includes(name) ? [] : [{ name: [...before, name].join(","), about }]
  )
}

/** The environments that are open for a key, or all where that leaves none. */
const environments = (given: Given, value: ValueNode, there: boolean): ReadonlyArray<Candidate> => {
  const all = value.choices ?? []
  const taken = keyList().get(given.args[0] ?? "") ?? []
  const fit = taken.length === 0 ? all : all.filter((each) => taken.includes(each) === there)
  return (fit.length === 0 ? all : fit).map((name) => ({ name, about: "" }))
}

/** The folder of agents that is the registry, where it is one. */
const registryFolder = (root: string | undefined, cwd: string, flag: string | undefined): string | undefined => {
  const { CREWKIT_API_URL, CREWKIT_REGISTRY } = process.env
  const configured = root === undefined ? undefined : readPlainYaml(textOf(join(root, configPath)))?.get("registry")
  const named = [flag, CREWKIT_REGISTRY, CREWKIT_API_URL].find((each) => each !== undefined && each !== "")
  const value = named ?? configured
  if (value === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return undefined
  return resolve(named === undefined ? (root ?? cwd) : cwd, value)
}

const roles = (root: string | undefined, registry: string | undefined): ReadonlyArray<string> => {
  const files = registry === undefined ? [] : listed(registry, join(registry, "roles"), "file")
  const lock = root === undefined ? undefined : lockOf(root)
  const synced = namesOf(lock).flatMap((name) => namesOf(fieldOf(fieldOf(lock, name), "sha256")))
  return [...withEnding(files, ".yml", slugPattern), ...synced.filter((name) => slugPattern.test(name))]
}

const plain = (names: Iterable<string>): ReadonlyArray<Candidate> => [...names].map((name) => ({ name, about: "" }))

/** A folder as a person types it: `~/x` and `$HOME/x` have not been expanded yet. */
const folderTyped = (cwd: string, typed: string): string => {
  const home = typed.replace(/^~(?=$|[\\/])/, process.env["HOME"] ?? process.env["USERPROFILE"] ?? "~")
  const expanded = home.replace(/^\$\{?(\w+)\}?/, (all, name: string) => process.env[name] ?? all)
  return resolve(cwd, expanded)
}

/** Where the command would run. */
export const placeOf = (given: Given, cwd: string): string => folderTyped(cwd, given.flags.get("--cwd") ?? ".")

interface Asked {
  readonly value: ValueNode
  readonly given: Given
  readonly typed: string
  /** Where the shell is. */
  readonly cwd: string
  /** Whether the shell shows descriptions: those of agents are in their files. */
  readonly describe: boolean
}

/** The values of a kind that the disk knows. */
export const candidatesOf = ({ cwd, describe, given, typed, value }: Asked): ReadonlyArray<Candidate> => {
  const place = placeOf(given, cwd)
  const root = findRoot(place)
  const { flags } = given
  switch (value.kind) {
    case "agent":
      return root === undefined ? [] : agents(root, describe)
    case "backup":
      return root === undefined ? [] : backups(root)
    case "backupTime":
      return (root === undefined ? [] : timesOf(root, given.args[0] ?? "")).map((name, index) => ({
        name,
        about: index === 0 ? "the newest" : ""
      }))
    case "session":
      return root === undefined ? [] : sessions(root, typed)
    case "key": {
      const env = flags.get("--env")
      return keys((all) => env === undefined || all.includes(env))
    }
    case "newKey": {
      const env = flags.get("--env") ?? "dev"
      return keys((all) => !all.includes(env))
    }
    case "keys":
      return keyNames(typed)
    case "keyEnvironment":
      return environments(given, value, true)
    case "newKeyEnvironment":
      return environments(given, value, false)
    case "role": {
      const flag = flags.get("--registry")
      const registry = registryFolder(root, place, flag)
      return plain(new Set([...(value.choices ?? []), ...roles(root, registry)]))
    }
    case "org": {
      const folder = folderTyped(place, flags.get("--root") ?? "")
      return plain(listed(folder, join(folder, "orgs"), "folder").filter((name) => slugPattern.test(name)))
    }
    case "none":
      return plain(value.choices ?? [])
    case "file":
    case "folder":
    case "rest":
      return []
  }
}
