/** The tree that completion answers from, made from the specifications of the commands as `effect/cli` has them. */
import { Effect } from "effect"
import { Command, Completions, type Flag, GlobalFlag } from "effect/cli"
import { completionKinds } from "../src/commands/completionKinds.ts"
import { globals } from "../src/commands/globals.ts"
import { crewkitFor } from "../src/commands/root.ts"
import type { CommandNode, CommandTree, FlagNode, ValueNode } from "../src/domain/completion/CommandTree.ts"

/** Names of the entries of `completionKinds` that a tree has asked for. */
export type Used = Set<string>

type Typed = Pick<Completions.FlagDescriptor | Completions.ArgumentDescriptor, "name" | "type">

/** `name` with the command in front, with a part of it, and alone: the first that `completionKinds` has. */
const valueOf = (path: ReadonlyArray<string>, name: string, { type }: Typed, used: Used): ValueNode => {
  const keys = [path.length, ...path.keys()]
    .sort((a, b) => b - a)
    .map((size) => [...path.slice(0, size), name].join(" "))
  const key = keys.find((each) => Object.hasOwn(completionKinds, each))
  const kind = key === undefined ? undefined : completionKinds[key]
  if (key !== undefined) used.add(key)
  switch (type._tag) {
    case "Choice":
      return { kind: "none", ...kind, choices: type.values }
    case "Path":
      return { kind: type.pathType === "directory" ? "folder" : "file", ...kind }
    case "String":
      if (kind === undefined) throw new Error(`say in src/commands/completionKinds.ts how ${keys[0]} is completed`)
      return kind
    default:
      return { kind: "none", ...kind }
  }
}

const flagOf = (path: ReadonlyArray<string>, flag: Completions.FlagDescriptor, used: Used): FlagNode => {
  const isSwitch = flag.type._tag === "Boolean"
  const aliases = flag.aliases.map((alias) => (alias.length === 1 ? `-${alias}` : `--${alias}`))
  return {
    names: [`--${flag.name}`, ...aliases],
    ...(isSwitch && flag.negation !== false ? { off: `--${flag.negation ?? `no-${flag.name}`}` } : {}),
    about: flag.description ?? "",
    ...(isSwitch ? {} : { value: valueOf(path, `--${flag.name}`, flag, used) })
  }
}

const nodeOf = (
  path: ReadonlyArray<string>,
  { arguments: args, description = "", flags, name, subcommands }: Completions.CommandDescriptor,
  used: Used
): CommandNode => ({
  name,
  about: description,
  flags: flags.map((flag) => flagOf(path, flag, used)),
  args: args.map((arg) => ({
    ...valueOf(path, arg.name, arg, used),
    ...(arg.variadic ? { many: true as const } : {})
  })),
  commands: subcommands.map((command) => nodeOf([...path, command.name], command, used))
})

/** Flags that are given beside the commands; `--help` has a negation that helps nobody. */
const flagsOf = (all: ReadonlyArray<{ readonly flag: Flag.Flag<unknown> }>, used: Used): ReadonlyArray<FlagNode> =>
  all.flatMap(({ flag }) => nodeOf([], Completions.fromCommand(Command.make("flags", { flag })), used).flags)

const withoutNegation = ({ about, names, value }: FlagNode): FlagNode => ({
  names,
  about,
  ...(value === undefined ? {} : { value })
})

export const makeCommandTree = async (used: Used = new Set()): Promise<CommandTree> => {
  const root = nodeOf([], Completions.fromCommand(await Effect.runPromise(crewkitFor(["--help"]))), used)
  const [help, ...others] = flagsOf([GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions], used).map(
    withoutNegation
  )
  return {
    ...root,
    flags: [...root.flags, ...others],
    globals: [...flagsOf(globals, used), ...(help === undefined ? [] : [help])]
  }
}
