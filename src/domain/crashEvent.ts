/**
 * A crash report, made from a list of what may be in it. Nothing is taken over and cleaned afterwards: each field is
 * either a number, a word that the published program holds, or one of a closed set. `docs/telemetry.md` lists them.
 */
import { Schema } from "effect"
import { type Frame, framesOf, type Program } from "./stackFrames.ts"

/** Of the list of fields. A person's consent is for the list that they were shown: whoever adds a field raises this. */
export const fieldsVersion = 1

const frame = Schema.Struct({
  filename: Schema.String,
  function: Schema.optionalKey(Schema.String),
  lineno: Schema.Int,
  colno: Schema.Int,
  in_app: Schema.Literal(true)
})

export const Mechanism = Schema.Literals(["defect", "uncaughtException", "unhandledRejection", "preview"])
export type Mechanism = typeof Mechanism.Type

/** As Sentry's protocol names things: https://develop.sentry.dev/sdk/foundations/transport/event-payloads/ */
export const CrashEvent = Schema.Struct({
  /** 32 hexadecimal digits, random: not derived from anything. */
  event_id: Schema.String.check(Schema.isPattern(/^[0-9a-f]{32}$/)),
  /** Whole seconds since 1970. */
  timestamp: Schema.Int,
  platform: Schema.Literal("node"),
  level: Schema.Literal("fatal"),
  release: Schema.String,
  exception: Schema.Struct({
    values: Schema.Tuple([
      Schema.Struct({
        type: Schema.String,
        mechanism: Schema.Struct({ type: Mechanism, handled: Schema.Literal(false) }),
        stacktrace: Schema.Struct({ frames: Schema.Array(frame) })
      })
    ])
  }),
  contexts: Schema.Struct({
    runtime: Schema.Struct({ name: Schema.Literal("node"), version: Schema.String }),
    os: Schema.Struct({ name: Schema.String }),
    device: Schema.Struct({ arch: Schema.String })
  }),
  tags: Schema.Struct({ command: Schema.String, flags: Schema.String, code: Schema.String }),
  sdk: Schema.Struct({
    name: Schema.Literal("crewkit"),
    version: Schema.String,
    /** Asks the receiver not to note the address that the report came from. */
    settings: Schema.Struct({ infer_ip: Schema.Literal("never") })
  })
})
export type CrashEvent = typeof CrashEvent.Type

export interface CrashFacts {
  readonly error: unknown
  readonly mechanism: Mechanism
  readonly id: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly version: string
  /** As Node itself names them: `v24.1.0`, `linux`, `x64`. */
  readonly node: string
  readonly platform: string
  readonly arch: string
  /** The arguments of this call, of which no value is used. */
  readonly args: ReadonlyArray<string>
  /** The help text of a command by the words of its path; undefined where there is no such command. */
  readonly helpOf: (path: ReadonlyArray<string>) => string | undefined
  readonly program: Program
}

/** Of JavaScript, of Node and of Effect. A class of another name is `other`: a name can be given at run time. */
const classes = new Set([
  "AggregateError",
  "AssertionError",
  "DOMException",
  "Error",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "SystemError",
  "TypeError",
  "URIError",
  "ConfigError",
  "IllegalArgumentError",
  "NoSuchElementError",
  "PlatformError",
  "SchemaError",
  "TimeoutError",
  "UnknownError"
])

/** Error codes of Node and of operating systems. */
const code = /^(?:E[A-Z0-9]{2,20}|ERR_[A-Z0-9_]{2,60}|MODULE_NOT_FOUND)$/

const textOf = (error: unknown, key: string): string => {
  if (typeof error !== "object" || error === null) return ""
  const value: unknown = Reflect.get(error, key)
  return typeof value === "string" ? value : ""
}

const classOf = (error: unknown): string =>
  [textOf(error, "_tag"), textOf(error, "name")].find((name) => classes.has(name)) ?? "other"

/** The longest path of words that is a command. */
const commandIn = (args: ReadonlyArray<string>, helpOf: CrashFacts["helpOf"]): ReadonlyArray<string> => {
  const end = args.findIndex((arg) => !/^[a-z]+$/.test(arg))
  const words = end < 0 ? args : args.slice(0, end)
  const lengths = words.map((_, index) => words.length - index)
  return lengths.map((length) => words.slice(0, length)).find((path) => helpOf(path) !== undefined) ?? []
}

/** Flags that the command's own help names, without their values and in a fixed order. */
const flagsIn = (args: ReadonlyArray<string>, help: string): ReadonlyArray<string> => {
  const known = new Set(help.match(/(?<![\w-])--[a-z]+(?:-[a-z]+)*/g))
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args
  return [...new Set(own.map((arg) => arg.replace(/=.*$/s, "")))].filter((arg) => known.has(arg)).sort()
}

const whole = (text: string, form: RegExp): string => (form.test(text) ? text : "other")

export const crashEventOf = (facts: CrashFacts): CrashEvent => {
  const { args, error, helpOf } = facts
  const command = commandIn(args, helpOf)
  const found = textOf(error, "code")
  const frames = framesOf(textOf(error, "stack"), textOf(error, "message"), facts.program)
  return {
    event_id: facts.id,
    timestamp: Math.floor(facts.now / 1000),
    platform: "node",
    level: "fatal",
    release: `crewkit@${facts.version}`,
    exception: {
      values: [
        {
          type: classOf(error),
          mechanism: { type: facts.mechanism, handled: false },
          stacktrace: { frames: frames.map((each: Frame) => ({ ...each, in_app: true as const })) }
        }
      ]
    },
    contexts: {
      runtime: { name: "node", version: whole(facts.node, /^v\d{1,3}(?:\.\d{1,3}){2}$/) },
      os: { name: whole(facts.platform, /^[a-z0-9]{2,10}$/) },
      device: { arch: whole(facts.arch, /^[a-z0-9]{2,10}$/) }
    },
    tags: {
      command: ["crewkit", ...command].join(" "),
      flags: flagsIn(args, helpOf(command) ?? "").join(" "),
      code: code.test(found) ? found : "none"
    },
    sdk: { name: "crewkit", version: facts.version, settings: { infer_ip: "never" } }
  }
}

const isPlain = (value: unknown): boolean => typeof value !== "object" || value === null

/** As JSON to read: what holds no further lists is one line, so that a stack fits on a screen. */
export const shownEvent = (value: unknown, indent = ""): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const inner = `${indent}  `
  const entries = Object.entries(value)
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"]
  const named = (key: string) => (Array.isArray(value) ? "" : `${JSON.stringify(key)}: `)
  if (indent !== "" && entries.every(([, each]) => isPlain(each))) {
    return `${open}${entries.map(([key, each]) => `${named(key)}${JSON.stringify(each)}`).join(", ")}${close}`
  }
  const lines = entries.map(([key, each]) => `${inner}${named(key)}${shownEvent(each, inner)}`)
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`
}
