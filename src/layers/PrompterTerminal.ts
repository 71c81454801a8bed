/** Questions on standard error, answers from standard input: standard output stays the result's. */
import { Effect, Layer, type Option, Redacted } from "effect"
import { sanitize } from "../domain/sanitize.ts"
import { Invocation } from "../services/Invocation.ts"
import { Prompter } from "../services/Prompter.ts"

/** One line from the terminal. Ctrl-C interrupts, Ctrl-D is an empty answer. */
const readLine = (question: string): Effect.Effect<string> =>
  Effect.callback<string>((resume) => {
    const { createInterface } = process.getBuiltinModule("node:readline")
    const reader = createInterface({ input: process.stdin, output: process.stderr })
    let answered = false
    reader.on("SIGINT", () => resume(Effect.interrupt))
    reader.on("close", () => {
      if (!answered) resume(Effect.succeed(""))
    })
    reader.question(sanitize(question), (answer) => {
      answered = true
      reader.close()
      resume(Effect.succeed(answer.trim()))
    })
    return Effect.sync(() => reader.close())
  })

/** Takes in what was typed or pasted: true at the end of the line, false at Ctrl-C. */
const typeInto = (line: Array<string>, text: string): boolean | undefined => {
  for (const character of text) {
    if (character === "\u0003") return false
    if (character === "\r" || character === "\n" || character === "\u0004") return true
    if (character === "\u007f" || character === "\b") line.pop()
    else if (character === "\u0015") line.length = 0
    else if (character >= " ") line.push(character)
  }
  return undefined
}

/** One line that is not shown. In raw mode the keys that a terminal acts on by itself come to us. */
const readHidden = (question: string): Effect.Effect<Redacted.Redacted> =>
  Effect.callback((resume) => {
    const { stderr, stdin } = process
    const line: Array<string> = []
    const decoder = new TextDecoder()
    const finish = (): void => {
      stdin.removeListener("data", onData).removeListener("end", onEnd).pause()
      stdin.setRawMode(false)
      stderr.write("\n")
    }
    const onEnd = (): void => {
      finish()
      resume(Effect.succeed(Redacted.make(line.join(""))))
    }
    const onData = (data: Buffer): void => {
      const end = typeInto(line, decoder.decode(data, { stream: true }))
      if (end === true) onEnd()
      else if (end === false) {
        finish()
        resume(Effect.interrupt)
      }
    }
    stdin.setRawMode(true)
    stderr.write(sanitize(question))
    stdin.on("data", onData).once("end", onEnd).resume()
    return Effect.sync(finish)
  })

/** Bytes. */
const mostPiped = 65_536

const readPiped: Effect.Effect<Option.Option<Redacted.Redacted>> = Effect.callback((resume) => {
  const { stdin } = process
  if (stdin.isTTY) {
    resume(Effect.succeedNone)
    return
  }
  const chunks: Array<Buffer> = []
  let size = 0
  const finish = (): void => {
    stdin.removeListener("data", onData).removeListener("end", finish).removeListener("error", finish).pause()
    const text = Buffer.concat(chunks).toString("utf8", 0, mostPiped)
    resume(Effect.succeedSome(Redacted.make(text.replace(/\r?\n$/, ""))))
  }
  const onData = (data: Buffer): void => {
    chunks.push(data)
    size += data.length
    if (size >= mostPiped) finish()
  }
  stdin.on("data", onData).once("end", finish).once("error", finish).resume()
})

export const layer = Layer.effect(
  Prompter,
  Effect.gen(function* () {
    const { color, input, json, plain, yes } = yield* Invocation
    // Looked at only when there is a question: opening standard input costs time.
    const possible = () => input && !json && process.stdin.isTTY && process.stderr.isTTY
    return Prompter.of({
      possible: Effect.sync(possible),
      confirm: (question) => {
        if (yes) return Effect.succeed(true)
        if (!possible()) return Effect.succeed(false)
        return Effect.map(readLine(`${question} [y/N] `), (answer) => /^y(es)?$/i.test(answer))
      },
      text: (question, proposal) => {
        if (yes || !possible()) return Effect.succeed(proposal)
        const shown = proposal === "" ? "" : ` (${proposal})`
        return Effect.map(readLine(`${question}${shown}: `), (answer) => (answer === "" ? proposal : answer))
      },
      choose: (question, choices) =>
        possible() && choices.length > 0
          ? Effect.promise(() => import("./picker.ts")).pipe(
              Effect.flatMap(({ pick }) => pick(question, choices, { color, plain })),
              Effect.asSome
            )
          : Effect.succeedNone,
      secret: (question) => (possible() ? Effect.asSome(readHidden(question)) : Effect.succeedNone),
      piped: readPiped
    })
  })
)
