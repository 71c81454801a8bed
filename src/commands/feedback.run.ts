import { Effect, Schema } from "effect"
import { feedbackUrl } from "../domain/feedback.ts"
import { Browser } from "../services/Browser.ts"
import { Installation } from "../services/Installation.ts"
import { Output } from "../services/Output.ts"
import { Prompter } from "../services/Prompter.ts"

const FeedbackResult = Schema.Struct({ url: Schema.String, opened: Schema.Boolean })

export const data = FeedbackResult

export const run = Effect.fn("feedback")(function* () {
  const output = yield* Output
  const { machine, version } = yield* Installation
  const url = feedbackUrl({ crewkit: version, ...machine })
  // The same question as for a prompt: is there a person, and may they be bothered.
  const attended = yield* (yield* Prompter).possible
  const opened = attended && (yield* (yield* Browser).open(url))
  yield* output.note([
    [
      opened
        ? "opened in the browser; nothing is sent until you submit the form"
        : "open this page in a browser; nothing is sent until you submit the form"
    ]
  ])
  yield* output.result(FeedbackResult, { url, opened }, [[url]])
})
