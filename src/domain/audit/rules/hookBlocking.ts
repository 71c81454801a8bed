/**
 * Whether a hook that means to block does. Claude Code 2.1.330: exit code 2 blocks, any other one does not; so does a
 * JSON answer on standard output, whatever the exit code, that says `{"hookSpecificOutput": {"hookEventName":
 * "PreToolUse", "permissionDecision": "deny"}}` or `{"decision": "block"}`; `onFailure: block` makes every failure
 * block. A matcher of letters, digits, `_`, `|`, `,` and spaces names tools whole; any other one is a regular expression.
 */
import { nearest } from "../../nearest.ts"
import { knownEvents } from "../clientHooks.ts"
import { toolNames } from "./builtIns.ts"
import type { HookEntry } from "./hookEntries.ts"
import { shown } from "./shown.ts"

/** The events whose hooks can stop something before it happens. */
const guarding = new Set(["PreToolUse", "PermissionRequest", "UserPromptSubmit"])

/** Past this, only the beginning of a command is looked at. */
const most = 20_000

const exits = /\b(?:exit|return|sys\.exit|process\.exit|os\._exit)[ \t]*\(?[ \t]*(\d{1,3})\b/g

const blockWords =
  /\b(?:block(?:ed|ing|s)?|den(?:y|ied|ies)|refus(?:e|ed|ing)|forbid(?:den)?|reject(?:ed)?|prevent(?:ed)?|prohibited|not allowed|not permitted|disallowed|read-only)\b/i

/** Printed, and so meant for whoever wanted to do it. */
const printed = /\b(?:echo|printf|print|console\.(?:log|error)|Write-(?:Host|Output|Error))\b/

const decision = /permissionDecision\\?["']?\s*:\s*\\?["']?([A-Za-z]+)/

const oldDecision = /(?:^|[{,\s])\\?["']decision\\?["']\s*:\s*\\?["']?(?:block|deny)/

interface Exit {
  readonly code: number
  /** What follows the group of commands that it leaves and takes its code: `||`, `|`, `&` or nothing. */
  readonly next: string
}

interface Operator {
  readonly next: string
  /** Where it stands, or where the pipeline ends without one. */
  readonly at: number
}

/** The operator that ends the pipeline which goes on at `from`, at the same depth. */
const operatorAfter = (command: string, from: number): Operator => {
  let quote = ""
  let depth = 0
  for (let index = from; index < command.length; index++) {
    const character = command[index] ?? ""
    if (quote !== "") {
      if (character === quote) quote = ""
    } else if (character === '"' || character === "'") quote = character
    else if (character === "(") depth++
    else if (character === ")") depth--
    else if (depth <= 0 && /[;\n]/.test(character)) return { next: "", at: index }
    else if (depth <= 0 && (character === "|" || character === "&")) {
      if (command[index + 1] === character) return { next: character === "|" ? "||" : "", at: index }
      // `2>&1` and `&>file` are no operators.
      if (character === "&" && (command[index - 1] === ">" || command[index + 1] === ">")) continue
      return { next: character, at: index }
    }
  }
  return { next: "", at: command.length }
}

/** A quoted text that an interpreter runs: `bash -c "…"`, `node -e '…'`. */
const runs = /(?:^|\s)(?:-\w*c|-e|--eval|-Command)\s*$/

interface Group {
  readonly mark: string
  /** A text that nobody runs: what looks like a command in it is none. */
  readonly inert: boolean
}

/** The exits of a command, with what becomes of each one's code; one pass. */
const exitsOf = (command: string): ReadonlyArray<Exit> => {
  const places = new Map([...command.matchAll(exits)].map((match) => [match.index, match]))
  const open: Array<Group> = []
  const found: Array<Exit> = []
  let waiting: Array<number> = []
  let operator: Operator = { next: "", at: -1 }
  const after = (from: number): string => {
    if (operator.at < from) operator = operatorAfter(command, from)
    return operator.next
  }
  const settle = (next: string): void => {
    found.push(...waiting.map((code) => ({ code, next })))
    waiting = []
  }
  for (let index = 0; index < command.length; index++) {
    const character = command[index] ?? ""
    const group = open.at(-1)
    const match = places.get(index)
    if (match !== undefined) {
      const code = Number(match[1])
      if (group === undefined) {
        const next = after(index + match[0].length)
        // `exit 2 || true` leaves the shell at once; a pipe or `&` puts it into a shell of its own.
        found.push({ code, next: next === "||" ? "" : next })
      } else if (!open.some((one) => one.inert)) waiting.push(code)
    }
    const quoted = group !== undefined && group.mark !== ")"
    if (character === "\\") index++
    else if (group !== undefined && character === group.mark) {
      open.pop()
      if (open.length === 0) settle(after(index + 1))
    } else if (!quoted && character === "(") open.push({ mark: ")", inert: false })
    else if (!quoted && (character === '"' || character === "'"))
      open.push({ mark: character, inert: !runs.test(command.slice(Math.max(0, index - 16), index)) })
  }
  settle("")
  return found
}

const lost: Readonly<Record<string, string>> = {
  "||": "its exit code is swallowed by what follows `||`",
  "|": "its exit code is lost in a pipe",
  "&": "it runs in the background, where nobody waits for its exit code"
}

/** JSON that the client does not take for a refusal. */
const wrongJson = (command: string): string | undefined => {
  const said = decision.exec(command)?.[1]?.toLowerCase()
  if (said === undefined || said === "allow" || said === "ask" || said === "defer") return undefined
  if (toErrors.test(command)) return "the client reads the decision on standard output, not on standard error"
  if (said !== "deny") return `the client knows no permissionDecision ${shown(said)}; it is called "deny"`
  if (!command.includes("hookSpecificOutput")) return "permissionDecision only counts inside of hookSpecificOutput"
  if (!command.includes("hookEventName")) return "hookSpecificOutput only counts with a hookEventName"
  return undefined
}

/** The client reads the answer on standard output only. */
const toErrors = /[dD]ecision[^;\n]{0,400}>\s?&2/

const refuses = (command: string): boolean =>
  !toErrors.test(command) &&
  (oldDecision.test(command) || (decision.exec(command)?.[1] === "deny" && wrongJson(command) === undefined))

/** Why the command of a guarding event does not block, or undefined where it does, or does not mean to. */
const commandFault = (command: string): string | undefined => {
  if (refuses(command)) return undefined
  const found = exitsOf(command)
  const blocking = found.filter((exit) => exit.code === 2)
  if (blocking.some((exit) => exit.next === "")) return undefined
  const [swallowed] = blocking
  if (swallowed !== undefined) return lost[swallowed.next]
  const json = wrongJson(command)
  if (json !== undefined) return json
  const other = found.find((exit) => exit.code !== 0)
  if (other !== undefined) return `it leaves with exit code ${other.code}; only exit code 2 blocks`
  if (printed.test(command) && blockWords.test(command)) return "it only prints a text; exit code 2 blocks"
  return undefined
}

/** A script that is called: what it does is not known, but what becomes of its exit code is. */
const scriptFault = (command: string): string | undefined => {
  if (!/\.(?:sh|py|js|ts|mjs|rb|pl|bash|ps1)\b/.test(command)) return undefined
  if (/\|\|\s*(?:true|:|exit 0)\s*;?\s*$/.test(command)) return lost["||"]
  return /[^&>]&\s*$/.test(command) ? lost["&"] : undefined
}

export const meansToBlock = (hook: HookEntry): boolean => {
  const command = hook.subject.slice(0, most)
  return (
    [...command.matchAll(exits)].some((match) => Number(match[1]) > 0) ||
    decision.test(command) ||
    oldDecision.test(command) ||
    blockWords.test(command) ||
    /\b(?:guard|protect|prevent|validate|check|gate)\w*[-_.]/i.test(command)
  )
}

/** Why the matcher matches no tool; undefined where it does, or where nobody can tell without running it. */
const matcherFault = (matcher: string | undefined): string | undefined => {
  if (matcher === undefined || matcher === "" || matcher === "*") return undefined
  if (/^[\w|, ]+$/.test(matcher)) {
    const names = matcher.split(/[|,]/).map((name) => name.trim())
    if (names.some((name) => toolNames.includes(name) || name.startsWith("mcp__"))) return undefined
    const first = names[0]?.slice(0, 64) ?? ""
    const meant = nearest(first, toolNames)
    const hint = meant === undefined ? "" : `; did it mean ${meant}?`
    return `its matcher ${shown(matcher)} is the name of no tool, and names are matched whole${hint}`
  }
  if (/^[*+?]/.test(matcher)) return `its matcher ${shown(matcher)} is no valid regular expression`
  const opened = matcher.split("(").length
  if (opened !== matcher.split(")").length) return `its matcher ${shown(matcher)} is no valid regular expression`
  return /^[A-Za-z]+\([^()|]*\)$/.test(matcher)
    ? `its matcher ${shown(matcher)} is written like a permission rule; a hook's matcher is a tool name or a regular expression`
    : undefined
}

export interface Fault {
  readonly reason: string
  readonly at: "place" | "matcherPlace" | "eventPlace"
  /** Certain whatever the hook's command is. */
  readonly certain: boolean
}

const eventFault = (event: string): string | undefined => {
  if (knownEvents.has(event)) return undefined
  const meant = nearest(event.slice(0, 64), knownEvents)
  return `Claude Code knows no event ${shown(event)}${meant === undefined ? "" : `; it is called ${meant}`}, so that the hook never runs`
}

export const faultOf = (hook: HookEntry): Fault | undefined => {
  const event = eventFault(hook.event)
  if (event !== undefined) return { reason: event, at: "eventPlace", certain: true }
  const guards = guarding.has(hook.event)
  if (!guards) {
    const late = hook.event === "PostToolUse" && hook.type === "command" && printed.test(hook.subject)
    return late && blockWords.test(hook.subject.slice(0, most))
      ? {
          reason: "PostToolUse comes after the tool has run; PreToolUse comes before",
          at: "eventPlace",
          certain: false
        }
      : undefined
  }
  const matcher = hook.event === "UserPromptSubmit" ? undefined : matcherFault(hook.matcher)
  if (matcher !== undefined) return { reason: matcher, at: "matcherPlace", certain: true }
  if (hook.async) return { reason: "it is async, and nobody waits for its answer", at: "place", certain: true }
  if (hook.blocksOnFailure) return undefined
  if (hook.type === "http")
    return {
      reason: "where the address does not answer, the tool runs; `onFailure: block` stops it",
      at: "place",
      certain: true
    }
  if (hook.type !== "command") return undefined
  const command = hook.subject.slice(0, most)
  const reason = commandFault(command) ?? scriptFault(command)
  return reason === undefined ? undefined : { reason, at: "place", certain: false }
}
