import { Effect, Schema } from "effect"
import { good } from "../domain/text.ts"
import { Output } from "../services/Output.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"

const ValidResult = Schema.Struct({ file: Schema.String })

export const data = ValidResult

export const run = Effect.fn("config validate")(function* () {
  const output = yield* Output
  const { file } = yield* (yield* ProjectConfig).resolved
  yield* output.summary(ValidResult, { file }, [[good("✓ "), `${file} is valid`]])
})
