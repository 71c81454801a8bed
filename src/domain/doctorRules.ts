/** What `crewkit doctor` makes of what it was told of the machine. Pure: the layers find the facts out. */
import { DateTime, Option, Schema } from "effect"
import { type ApiKey, ageOf } from "./ApiKey.ts"
import { failing, pass, skipped, together, type Verdict, warning } from "./doctor.ts"
import { counted } from "./text.ts"
import { spanText } from "./when.ts"

const day = 24 * 3600 * 1000

/** Of a day or a date as HTTP writes it; NaN where it is none. */
const millisOf = (text: string): number =>
  Option.match(DateTime.make(text), { onNone: () => Number.NaN, onSome: DateTime.toEpochMillis })

/** `24.1.0` as numbers; undefined where it is none. */
const numbersOf = (version: string): readonly [number, number, number] | undefined => {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)]
}

const compare = (one: readonly [number, number, number], other: readonly [number, number, number]): number =>
  one[0] - other[0] || one[1] - other[1] || one[2] - other[2]

/** The oldest that runs crewkit, as `engines` in package.json has it. */
export const oldestNode = "20.19.0"

/** Last days of support: github.com/nodejs/Release, schedule.json. UTC. */
const nodeEnds: Readonly<Record<number, string>> = { 20: "2026-04-30", 22: "2027-04-30", 24: "2028-04-30" }

/** From 27 on every line of Node is supported for long; before, those with an odd number were not. */
const firstWithoutOdd = 27

const newerNode = "install Node 24: https://nodejs.org/en/download"

export const nodeVerdict = (version: string, now: number): Verdict => {
  const found = numbersOf(version)
  const oldest = numbersOf(oldestNode)
  if (found === undefined || oldest === undefined) return warning(`${version} is no version that crewkit can read`)
  const name = found.join(".")
  if (compare(found, oldest) < 0)
    return failing(`${name}, and ${oldestNode} is the oldest that works`, { next: newerNode })
  const ends = nodeEnds[found[0]]
  if (ends !== undefined && now >= millisOf(ends) + day)
    return warning(`${name} has had no security fixes since ${ends}`, { next: newerNode })
  if (found[0] % 2 === 1 && found[0] < firstWithoutOdd)
    return warning(`${name}: odd versions are supported for half a year only`, { next: newerNode })
  return pass(name)
}

/** The version of Claude Code whose behaviour crewkit was verified with. */
export const verifiedClaude = "2.1.330"

export const claudeVerdict = (path: string, version: string | undefined): Verdict => {
  if (version === undefined)
    return warning(`${path} does not tell its version within a second`, { next: `${path} --version` })
  const found = numbersOf(version)
  const verified = numbersOf(verifiedClaude)
  if (found === undefined || verified === undefined) return warning(`${path} has the version ${version}`)
  if (found[0] > verified[0])
    return warning(`${version} is a new major version; crewkit was verified with ${verifiedClaude}`, {
      next: "is there a newer crewkit? npm view @crewkit/cli version"
    })
  const order = compare(found, verified)
  if (order < 0)
    return warning(`${version} is older than ${verifiedClaude}, which crewkit was verified with`, {
      next: "claude update"
    })
  return pass(order > 0 ? `${version}, newer than the verified ${verifiedClaude}; ${path}` : `${version}, ${path}`)
}

/** Milliseconds by which two clocks may differ: tokens are renewed a minute ahead, and servers allow for as much. */
const mostSkew = 5 * 60_000

/** `date` is that of the registry's answer, in whole seconds; `now` is ours at the same moment. */
export const clockVerdict = (date: string | undefined, now: number): Verdict => {
  const theirs = date === undefined ? Number.NaN : millisOf(date)
  if (Number.isNaN(theirs)) return skipped("the registry does not say what time it is")
  const apart = Math.max(0, Math.abs(now - theirs) - 1000)
  if (apart <= mostSkew) return pass(`${spanText(apart)} from the registry's`)
  return warning(`this machine is ${spanText(apart)} ${now > theirs ? "ahead of" : "behind"} the registry`, {
    next: "set the clock of this machine (Linux: timedatectl set-ntp true)"
  })
}

const mebibyte = 1024 * 1024
const littleSpace = 100 * mebibyte
const noSpace = 10 * mebibyte

export interface Space {
  /** What is kept there. */
  readonly what: string
  readonly path: string
  /** Bytes that this user may still write. */
  readonly free: number
}

const sizeText = (bytes: number): string =>
  bytes >= 1024 * mebibyte ? `${Math.floor(bytes / 1024 / mebibyte)} GB` : `${Math.floor(bytes / mebibyte)} MB`

export const diskVerdict = (spaces: ReadonlyArray<Space>): Verdict => {
  const next = "free some space, then run crewkit doctor again"
  const least = Math.min(...spaces.map(({ free }) => free))
  return together(
    spaces
      .filter(({ free }) => free < littleSpace)
      .map(({ free, path, what }) =>
        (free < noSpace ? failing : warning)(`${sizeText(free)} free for ${what} (${path})`, { next })
      ),
    spaces.length === 0 ? skipped("this system does not tell") : pass(`${sizeText(least)} free`)
  )
}

/** `keys` are those that are due. */
export const keysVerdict = (count: number, keys: ReadonlyArray<ApiKey>, now: number, days: number): Verdict => {
  const [first, ...others] = keys.toSorted((one, other) => one.rotated - other.rotated)
  if (first === undefined)
    return count === 0 ? skipped("no API keys here") : pass(`${counted(count, "API key")}, none due for rotation`)
  const named = (key: ApiKey) => `${key.name} (${key.env}) is ${ageOf(key, now)} days old`
  return warning(`${named(first)}, and ${days} is the limit`, {
    ...(others.length === 0 ? {} : { more: others.map(named) }),
    next: `crewkit keys rotate ${first.name} --env ${first.env}`
  })
}

const Settings = Schema.fromJsonString(
  Schema.Struct({
    disableAllHooks: Schema.optionalKey(Schema.Boolean),
    allowManagedHooksOnly: Schema.optionalKey(Schema.Boolean)
  })
)
const decodeSettings = Schema.decodeOption(Settings)

export interface SettingsFile {
  readonly file: string
  /** Managed by the organization: nothing below it can say otherwise. */
  readonly managed: boolean
  readonly text: string
}

/**
 * `files` from the strongest to the weakest: managed, local, project, user. As Claude Code merges them, the strongest
 * that says something about `disableAllHooks` decides.
 */
export const hooksVerdict = (files: ReadonlyArray<SettingsFile>): Verdict => {
  const read = files.map((file) => ({ ...file, settings: decodeSettings(file.text) }))
  const unknown = "so who changed an agent in a session stays unknown"
  const said = read.find(({ settings }) => Option.getOrUndefined(settings)?.disableAllHooks !== undefined)
  const only = read.find(
    ({ managed, settings }) => managed && Option.getOrUndefined(settings)?.allowManagedHooksOnly === true
  )
  return together(
    [
      ...(said !== undefined && Option.getOrUndefined(said.settings)?.disableAllHooks === true
        ? [
            warning(`disableAllHooks in ${said.file} switches Claude Code's hooks off, ${unknown}`, {
              next: said.managed
                ? "your organization's managed settings decide this"
                : `set "disableAllHooks": false in ${said.file}`
            })
          ]
        : []),
      ...(only === undefined
        ? []
        : [
            warning(`allowManagedHooksOnly in ${only.file} keeps crewkit's hooks out, ${unknown}`, {
              next: "your organization's managed settings decide this"
            })
          ]),
      ...read
        .filter(({ settings }) => Option.isNone(settings))
        .map(({ file }) => warning(`${file} is not JSON as Claude Code reads it`, { next: `correct ${file}` }))
    ],
    pass("not switched off")
  )
}

const LockHead = Schema.fromJsonString(Schema.Struct({ lockVersion: Schema.Finite }))

/** The version of a lock that this crewkit cannot read; undefined where that is not the trouble. */
export const laterLock = (text: string): number | undefined => {
  const head = Schema.decodeOption(LockHead)(text)
  return Option.isSome(head) && head.value.lockVersion > 1 ? head.value.lockVersion : undefined
}

interface Named {
  readonly org: string
  readonly project: string
}

export const lockVerdict = (lock: Named & { readonly agents: object }, config: Named): Verdict =>
  lock.org === config.org && lock.project === config.project
    ? pass(counted(Object.keys(lock.agents).length, "agent"))
    : failing(
        `.agent/agents.lock is for ${lock.org}/${lock.project}, and .agent/config.yml names ${config.org}/${config.project}`,
        { next: "correct .agent/config.yml, or crewkit sync writes the lock anew" }
      )
