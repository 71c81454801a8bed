import { Effect, Schema } from "effect"
import { publishedOf, type PublishedSchema } from "../domain/documentSchema.ts"
import { UsageError } from "../domain/errors.ts"
import { nearest } from "../domain/nearest.ts"
import { code, faint, type Line, linesOf } from "../domain/text.ts"
import { Output } from "../services/Output.ts"
import { outputs } from "./lazy.ts"

const Schemas = Schema.Struct({
  schemas: Schema.Array(
    Schema.Struct({
      command: Schema.String,
      /** What it describes: the one document of `--json`, or one line of JSON Lines. */
      of: Schema.Literals(["document", "line"]),
      id: Schema.String,
      /** Of the one that was asked for. */
      schema: Schema.optionalKey(Schema.Json)
    })
  )
})

export const data = Schemas

interface Input {
  readonly words: ReadonlyArray<string>
  readonly lines: boolean
}

const published = (command: string): Effect.Effect<ReadonlyArray<PublishedSchema>> => {
  const load = outputs.get(command)
  return load === undefined
    ? Effect.succeed([])
    : Effect.map(Effect.promise(load), (output) => publishedOf(command, output))
}

const typed = ({ command, of }: PublishedSchema): string =>
  `crewkit schema ${command}${of === "line" ? " --lines" : ""}`

const unknown = (asked: string, known: ReadonlyArray<string>): UsageError => {
  const first = known.find((command) => command.startsWith(`${asked} `))
  if (first !== undefined) {
    return new UsageError({
      problem: `${asked} is a group of commands, each with a schema of its own`,
      next: `crewkit schema ${first}`
    })
  }
  const guess = nearest(asked, known)
  return new UsageError({
    problem: `there is no command ${asked}`,
    next: guess === undefined ? "crewkit schema" : `crewkit schema ${guess}`
  })
}

/** The program's own name in front of a command is no mistake. */
const commandIn = (words: ReadonlyArray<string>): string =>
  (words.length > 1 && words[0] === "crewkit" ? words.slice(1) : words).join(" ")

export const runWith = (all: () => Promise<unknown>) =>
  Effect.fn("schema")(function* ({ lines, words }: Input) {
    const output = yield* Output
    yield* Effect.promise(all)
    const known = [...outputs.keys()].sort()
    const asked = commandIn(words)
    if (asked !== "") {
      if (!outputs.has(asked)) return yield* unknown(asked, known)
      const found = (yield* published(asked)).find(({ of }) => of === (lines ? "line" : "document"))
      if (found === undefined) {
        return yield* new UsageError({
          problem: `crewkit ${asked} prints no JSON Lines`,
          next: `crewkit schema ${asked}`
        })
      }
      const { command, id, of, schema } = found
      return yield* output.result(
        Schemas,
        { schemas: [{ command, of, id, schema }] },
        linesOf(JSON.stringify(schema, null, 2))
      )
    }
    const every = (yield* Effect.forEach(known, published)).flat().filter(({ of }) => !lines || of === "line")
    const width = Math.max(...every.map((each) => typed(each).length)) + 2
    const roomy = ((yield* output.columns) ?? 80) >= width + Math.max(...every.map(({ file }) => file.length))
    const rows = every.map((each): Line =>
      roomy ? [code(typed(each).padEnd(width)), faint(each.file)] : [code(typed(each))]
    )
    yield* output.result(Schemas, { schemas: every.map(({ command, id, of }) => ({ command, of, id })) }, rows)
  })
