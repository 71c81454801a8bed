import { Effect, Layer, Option, Schema } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { RegistryAnswer } from "../domain/Effective.ts"
import { emptyState, SyncState } from "../domain/SyncState.ts"
import { LocalState } from "../services/LocalState.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { localFolder } from "./localFolder.ts"
import { attempt, readIfThere, writeDurably } from "./nodeFs.ts"

const stateJson = Schema.fromJsonString(SyncState)
const answerJson = Schema.fromJsonString(Schema.Struct({ question: Schema.String, answer: RegistryAnswer }))
const decodeState = Schema.decodeUnknownOption(stateJson)
const decodeAnswer = Schema.decodeUnknownOption(answerJson)

export const layer = Layer.effect(
  LocalState,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const read = Effect.fnUntraced(function* (file: string) {
      const { root } = yield* config.resolved
      const data = yield* readIfThere(join(root, ".crewkit", file))
      return Option.map(data, (bytes) => bytes.toString("utf8"))
    })
    const write = Effect.fnUntraced(function* (file: string, text: string) {
      yield* writeDurably(join(yield* localFolder(config), file), text, 0o600)
    })
    return LocalState.of({
      read: Effect.map(read("state.json"), (text) =>
        Option.getOrElse(Option.flatMap(text, decodeState), () => emptyState)
      ),
      // What is written is typed and has no encoded form of its own; only what is read has to be checked.
      write: (state) => write("state.json", JSON.stringify(state)),
      answer: (question) =>
        Effect.map(read("answer.json"), (text) =>
          Option.flatMap(text, decodeAnswer).pipe(
            Option.filter((kept) => kept.question === question),
            Option.map((kept) => kept.answer)
          )
        ),
      answered: Effect.map(config.resolved, ({ root }) => fs.existsSync(join(root, ".crewkit", "answer.json"))),
      forgetAnswer: Effect.flatMap(config.resolved, ({ root }) => {
        const file = join(root, ".crewkit", "answer.json")
        return attempt("delete", file, () => fs.rmSync(file, { force: true }))
      }),
      rememberAnswer: (question, answer) => write("answer.json", JSON.stringify({ question, answer }))
    })
  })
)
