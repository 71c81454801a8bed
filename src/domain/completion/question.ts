/** From the words of a command line to what is asked at its end. */
import type { Candidate, CommandNode, CommandTree, FlagNode, ValueNode } from "./CommandTree.ts"

/** What stands before the word that is completed. */
export interface Given {
  /** Without the words that are the command. */
  readonly args: ReadonlyArray<string>
  /** By the flag's first name. */
  readonly flags: ReadonlyMap<string, string>
}

export type Question =
  | { readonly _tag: "Nothing" }
  | { readonly _tag: "Candidates"; readonly candidates: ReadonlyArray<Candidate> }
  | {
      readonly _tag: "Value"
      readonly value: ValueNode
      readonly given: Given
      /** What of the word stands before the value: `--env=`, or nothing. */
      readonly prefix: string
      readonly typed: string
    }

const nothing: Question = { _tag: "Nothing" }

/** As the parser sees it: a lone hyphen and a negative number are values. */
const isFlag = (word: string): boolean => /^-./.test(word) && !/^-(?:\d+\.?\d*|\.\d+)$/.test(word)

/** What the parser takes for the value of a flag that is on or off. */
const isSwitch = (word: string): boolean => /^(?:true|yes|on|1|y|false|no|off|0|n)$/.test(word)

/** `-qy` is `-q -y`. */
const namesIn = (word: string): ReadonlyArray<string> =>
  word.startsWith("--") ? [word] : Array.from(word.slice(1), (letter) => `-${letter}`)

const candidatesOf = (flags: ReadonlyArray<FlagNode>): ReadonlyArray<Candidate> =>
  flags.flatMap(({ about, names, off }) => [
    ...names.map((name) => ({ name, about })),
    ...(off === undefined ? [] : [{ name: off, about: `The opposite of ${names[0]}` }])
  ])

export const questionOf = (tree: CommandTree, before: ReadonlyArray<string>, current: string): Question => {
  let node: CommandNode = tree
  let open: FlagNode | undefined
  const args: Array<string> = []
  const flags = new Map<string, string>()
  const used = new Set<FlagNode>()
  const known = (): ReadonlyArray<FlagNode> => [...node.flags, ...tree.globals]
  const flagNamed = (name: string): FlagNode | undefined =>
    known().find(({ names, off }) => names.includes(name) || off === name)
  const note = (flag: FlagNode, value: string): void => void flags.set(flag.names[0] ?? "", value)
  const given: Given = { args, flags }

  for (const word of before) {
    const pending = open
    open = undefined
    if (pending !== undefined && !isFlag(word) && (pending.value !== undefined || isSwitch(word))) {
      note(pending, word)
      continue
    }
    if (word === "--") return { _tag: "Value", value: { kind: "rest" }, given, prefix: "", typed: current }
    if (isFlag(word)) {
      const equals = word.indexOf("=")
      for (const name of namesIn(equals < 0 ? word : word.slice(0, equals))) {
        open = flagNamed(name)
        if (open !== undefined) used.add(open)
      }
      if (equals < 0 || open === undefined) continue
      note(open, word.slice(equals + 1))
      open = undefined
      continue
    }
    const command: CommandNode | undefined =
      args.length === 0 ? node.commands.find(({ name }) => name === word) : undefined
    if (command === undefined) args.push(word)
    else node = command
  }

  const value = (value: ValueNode, prefix: string, typed: string): Question => ({
    _tag: "Value",
    value,
    given,
    prefix,
    typed
  })
  const flagsLeft = (): Question => ({
    _tag: "Candidates",
    candidates: candidatesOf(known().filter((flag) => flag.value?.many === true || !used.has(flag)))
  })

  if (current.startsWith("-")) {
    const equals = current.indexOf("=")
    if (equals < 0) return flagsLeft()
    const flag = flagNamed(current.slice(0, equals))
    return flag?.value === undefined
      ? nothing
      : value(flag.value, current.slice(0, equals + 1), current.slice(equals + 1))
  }
  if (open?.value !== undefined) return value(open.value, "", current)
  if (node.commands.length > 0) {
    const candidates = node.commands.map(({ about, name }) => ({ name, about }))
    return args.length > 0 ? nothing : { _tag: "Candidates", candidates }
  }
  const last = node.args.at(-1)
  const arg = node.args[args.length] ?? (last?.many === true ? last : undefined)
  if (arg !== undefined && arg.kind !== "none" && arg.kind !== "rest") return value(arg, "", current)
  // Nothing is known of what could stand here, so this shows what else there is.
  return current === "" && args.length === 0 ? flagsLeft() : nothing
}
