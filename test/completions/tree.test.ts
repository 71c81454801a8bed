/** The commands that completion knows are those that there are. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { CliOutput, Command, type HelpDoc } from "effect/cli"
import { makeCommandTree } from "../../scripts/commandTree.ts"
import { completionKinds } from "../../src/commands/completionKinds.ts"
import { environment } from "../../src/commands/environment.ts"
import { globals } from "../../src/commands/globals.ts"
import { crewkitFor } from "../../src/commands/root.ts"
import type { CommandNode, FlagNode } from "../../src/domain/completion/CommandTree.ts"
import { scratch } from "../support/program.ts"

/** What the program itself says of a command. */
const helpOf = Effect.fnUntraced(function* (path: ReadonlyArray<string>) {
  let help: HelpDoc.HelpDoc | undefined
  const presenter: CliOutput.Presenter = {
    present: (event) => Effect.sync(() => void (help = event._tag === "Help" ? event.helpDoc : help))
  }
  const cli = (yield* crewkitFor(["--help"])).pipe(Command.withGlobalFlags(globals))
  // Boundary: with --help no handler runs, so what handlers ask for is never looked up.
  const run = Command.runWith(cli, { version: "" })([...path, "--help"]) as Effect.Effect<void, unknown>
  yield* run.pipe(Effect.provide([environment, CliOutput.layerPresenter(presenter)]))
  if (help === undefined) throw new Error(`no help for crewkit ${path.join(" ")}`)
  return help
})

const walk = (
  node: CommandNode,
  path: ReadonlyArray<string>
): ReadonlyArray<readonly [ReadonlyArray<string>, CommandNode]> => [
  [path, node],
  ...node.commands.flatMap((command) => walk(command, [...path, command.name]))
]

const named = (flags: ReadonlyArray<FlagNode>): ReadonlyArray<string> =>
  flags.map(({ about, names }) => `${names.join(" ")}: ${about}`).sort()

const documented = (flags: ReadonlyArray<HelpDoc.FlagDoc>): ReadonlyArray<string> =>
  flags
    .map(({ aliases, description, name }) => {
      // An alias stands there with its hyphens; a negation is one of them.
      const others = aliases.filter((alias) => !alias.startsWith("--no-"))
      const about = Option.getOrElse(description, () => "").replace(/ \(choices: [^)]*\)$/, "")
      return `${[`--${name}`, ...others].join(" ")}: ${about}`
    })
    .sort()

describe("the tree of commands", () => {
  it.effect("has every command, flag and argument of the program's own help, and no other", () =>
    Effect.gen(function* () {
      const tree = yield* Effect.promise(() => makeCommandTree())
      const all = walk(tree, [])
      assert.isAbove(all.length, 45)
      for (const [path, node] of all) {
        const help = yield* helpOf(path)
        const where = `crewkit ${path.join(" ")}`
        const inHelp = (help.subcommands ?? []).flatMap(({ commands }) => commands.map(({ name }) => name))
        assert.deepStrictEqual(
          node.commands.map(({ name }) => name),
          inHelp,
          where
        )
        assert.strictEqual(node.args.length, (help.args ?? []).length, where)
        const own = path.length === 0 ? [] : node.flags
        assert.deepStrictEqual(named(own), documented(help.flags), where)
        const version = path.length === 0 ? node.flags : tree.flags
        assert.deepStrictEqual(named([...tree.globals, ...version]), documented(help.globalFlags ?? []), where)
      }
    })
  )

  it.effect("says of every text where its values are, and of none that there is not", () =>
    Effect.gen(function* () {
      const used = new Set<string>()
      yield* Effect.promise(() => makeCommandTree(used))
      assert.deepStrictEqual([...used].sort(), Object.keys(completionKinds).sort())
    })
  )

  it.effect("has no command that could be taken for the request of a shell", () =>
    Effect.gen(function* () {
      const tree = yield* Effect.promise(() => makeCommandTree())
      for (const [path] of walk(tree, [])) for (const word of path) assert.match(word, /^[a-z]+$/)
    })
  )

  it("is what the built program answers from", async () => {
    using project = scratch()
    const tree = await makeCommandTree()
    const answer = async (request: ReadonlyArray<string>): Promise<string> =>
      (await project.crewkit(["__complete", ...request])).stdout
    for (const [path, node] of walk(tree, [])) {
      const flags = [...node.flags, ...tree.globals].flatMap(({ names, off }) => [
        ...names,
        ...(off === undefined ? [] : [off])
      ])
      const line = `crewkit ${[...path, "-"].join(" ")}`
      assert.strictEqual(await answer(["bash", line, "-"]), flags.map((name) => `${name}\n`).join(""), line)
    }
  })
})
