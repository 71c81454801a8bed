/** Checks of files: the folder of agents, what has to be private, and what killed runs left; and how to mend it. */
import { Effect } from "effect"
import * as fs from "node:fs"
import { join, relative, sep } from "node:path"
import { failing, pass, skipped, together, type Verdict, warning } from "../../domain/doctor.ts"
import { shellWord } from "../../domain/shellWord.ts"
import { counted } from "../../domain/text.ts"
import { attempt, codeOf, fileError, insideProject, isRunning, makeFolder, removeAbandoned } from "../nodeFs.ts"
import { configFolder, dataFolder } from "../userFolders.ts"
import { outside } from "./projectChecks.ts"

const owner = (): number | undefined => process.getuid?.()

/** Somebody else's file. Windows has owners of another kind. */
const strangersOwn = (path: string, stat: fs.Stats): Verdict | undefined => {
  const uid = owner()
  if (uid === undefined || stat.uid === uid) return undefined
  return uid === 0
    ? warning(`${path} belongs to user ${stat.uid} and you are root: what you write there is root's`, {
        next: "run crewkit as yourself, without sudo"
      })
    : failing(`${path} belongs to user ${stat.uid}, not to you`, {
        next: `sudo chown -R "$(id -un)" ${shellWord(path)}`
      })
}

/** Links in the folder that lead out of the project: Claude Code follows them, sync does not write through them. */
const linksOut = (root: string, folder: string): ReadonlyArray<string> => {
  const home = fs.realpathSync(root)
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink())
    .filter(({ name }) => {
      try {
        const way = relative(home, fs.realpathSync(join(folder, name)))
        return way.startsWith("..")
      } catch {
        return true
      }
    })
    .map(({ name }) => name)
}

const agentsFolder = (root: string): string => join(root, ".claude", "agents")

export const agents = Effect.fnUntraced(function* (root: string | undefined) {
  if (root === undefined) return outside
  const folder = agentsFolder(root)
  const shown = ".claude/agents"
  const inside = yield* Effect.result(insideProject(root, folder, "folder"))
  if (inside._tag === "Failure") {
    return failing(inside.failure.message, { next: `ls -ld ${shellWord(folder)}; put a real folder in its place` })
  }
  return yield* attempt("look at", folder, (): Verdict => {
    const stat = fs.statSync(folder, { throwIfNoEntry: false })
    if (stat === undefined) {
      return warning(
        `${shown} is not there yet: Claude Code sees changes only in a folder that was there at its start`,
        {
          next: "crewkit sync",
          fixable: true
        }
      )
    }
    const found: Array<Verdict> = []
    const stranger = strangersOwn(folder, stat)
    if (stranger !== undefined) found.push(stranger)
    try {
      fs.accessSync(folder, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK)
    } catch (cause) {
      const { message } = fileError("read and write", folder)(cause)
      return together([...found, failing(message, { next: `chmod u+rwx ${shellWord(folder)}` })], skipped(""))
    }
    if (process.platform !== "win32" && (stat.mode & 0o002) !== 0) {
      found.push(warning(`everybody on this machine may write to ${shown}`, { next: `chmod o-w ${shellWord(folder)}` }))
    }
    const links = linksOut(root, folder)
    if (links.length > 0) {
      found.push(
        warning(`${counted(links.length, "link")} in ${shown} out of the project, or to nowhere: ${links.join(", ")}`, {
          next: "put files in the place of links; crewkit agents audit reads what they hold"
        })
      )
    }
    const files = fs.readdirSync(folder).filter((name) => name.endsWith(".md")).length
    return together(found, pass(`${counted(files, "file")} in ${shown}`))
  })
})

/** Of so many entries the modes are looked at; a log of years has more, and the folder above protects them all. */
const mostEntries = 5000

interface Entry {
  readonly path: string
  readonly stat: fs.Stats
}

/** The path and all below it, links and what vanishes meanwhile left out. */
const below = (path: string, found: Array<Entry>): void => {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined || found.length >= mostEntries) return
  found.push({ path, stat })
  if (!stat.isDirectory()) return
  let names: ReadonlyArray<string> = []
  try {
    names = fs.readdirSync(path).sort()
  } catch (cause) {
    if (!["EACCES", "ENOENT"].includes(codeOf(cause))) throw cause
  }
  for (const name of names) below(join(path, name), found)
}

/** What holds key material or the contents of sessions: 0700 and 0600. */
const secretPlaces = (): ReadonlyArray<string> => [
  ...["vault", "keys.json", "registry"].map((name) => join(dataFolder(), name)),
  join(configFolder(), "approvals.json")
]

const entriesOf = (places: ReadonlyArray<string>): ReadonlyArray<Entry> => {
  const found: Array<Entry> = []
  for (const place of places) below(place, found)
  return found.filter(({ stat }) => stat.isFile() || stat.isDirectory())
}

const isOpen = ({ stat }: Entry): boolean => (stat.mode & 0o077) !== 0

/** Where half-written files of killed runs lie. */
const workplaces = (root: string | undefined): ReadonlyArray<string> => [
  ...(root === undefined
    ? []
    : [
        root,
        ...[".agent", ".claude", ".claude/agents", ".claude/.backups", ".crewkit", ".crewkit/sessions"].map((name) =>
          join(root, name)
        )
      ]),
  dataFolder(),
  join(dataFolder(), "vault"),
  configFolder()
]

const abandonedIn = (folder: string): ReadonlyArray<string> => {
  try {
    return fs.readdirSync(folder).filter((name) => {
      const pid = /^\.crewkit-(\d+)-[0-9a-f-]{36}\.tmp$/.exec(name)?.[1]
      return pid !== undefined && !isRunning(Number(pid))
    })
  } catch {
    return []
  }
}

/** Below the project where it is there, else whole. */
const shownBelow = (root: string | undefined, path: string): string =>
  root !== undefined && path.startsWith(`${root}${sep}`) ? relative(root, path) : path

const openTo = (places: ReadonlyArray<string>, say: typeof failing, root?: string): ReadonlyArray<Verdict> => {
  const all = entriesOf(places)
  const open = process.platform === "win32" ? [] : all.filter(isOpen)
  const first = open[0]
  const stranger = all.map(({ path, stat }) => strangersOwn(path, stat)).find((one) => one !== undefined)
  return [
    ...(stranger === undefined ? [] : [stranger]),
    ...(first === undefined
      ? []
      : [
          say(
            `${shownBelow(root, first.path)}${open.length > 1 ? ` and ${open.length - 1} more` : ""} may be read by others on this machine`,
            {
              next: `chmod -R go= ${shellWord(places.find((place) => first.path.startsWith(place)) ?? first.path)}`,
              fixable: true
            }
          )
        ])
  ]
}

export const files = (root: string | undefined) =>
  attempt("look at", root ?? dataFolder(), (): Verdict => {
    const left = workplaces(root).flatMap(abandonedIn)
    const found = [
      ...openTo(secretPlaces(), failing),
      ...(root === undefined ? [] : openTo([join(root, ".crewkit")], warning, root)),
      ...(left.length === 0
        ? []
        : [
            warning(`${counted(left.length, "half-written file")} of runs that were killed`, {
              next: "crewkit doctor --fix",
              fixable: true
            })
          ])
    ]
    return together(found, pass("what is private is private"))
  })

/** Takes the rights of group and others away, never through a link. */
const close = ({ path }: Entry): void => {
  const fd = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0))
  try {
    fs.fchmodSync(fd, fs.fstatSync(fd).mode & 0o700)
  } finally {
    fs.closeSync(fd)
  }
}

/** Missing folder, modes, leftovers: what is done, a sentence each. What cannot be mended is left to the checks. */
export const mendFiles = Effect.fnUntraced(function* (root: string | undefined) {
  const done: Array<string> = []
  if (root !== undefined && !fs.existsSync(agentsFolder(root))) {
    yield* insideProject(root, agentsFolder(root), "folder").pipe(
      Effect.andThen(makeFolder(agentsFolder(root))),
      Effect.map(() => done.push("made the folder .claude/agents")),
      Effect.ignore
    )
  }
  if (process.platform !== "win32") {
    const open = entriesOf([...secretPlaces(), ...(root === undefined ? [] : [join(root, ".crewkit")])]).filter(isOpen)
    for (const entry of open) {
      yield* attempt("change", entry.path, () => close(entry)).pipe(
        Effect.map(() => done.push(`took the rights of others away from ${shownBelow(root, entry.path)}`)),
        Effect.ignore
      )
    }
  }
  for (const folder of workplaces(root)) {
    const left = abandonedIn(folder)
    if (left.length === 0) continue
    yield* removeAbandoned(folder).pipe(
      Effect.map(() => done.push(`removed ${counted(left.length, "half-written file")} from ${folder}`)),
      Effect.ignore
    )
  }
  return done
})
