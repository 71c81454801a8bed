/** A list to pick from at the terminal, drawn on standard error. Loaded when there is somebody to ask. */
import { type Cause, Effect, FileSystem, Layer, Option, Path, Queue, Terminal } from "effect"
import { Prompt } from "effect/cli"
import { emitKeypressEvents, type Key } from "node:readline"
import { fitStart } from "../domain/displayWidth.ts"
import { sanitize } from "../domain/sanitize.ts"
import type { Choice } from "../services/Prompter.ts"

type Keys = Queue.Queue<Terminal.UserInput, Cause.Done>

/** Rows that are shown at most; the question takes two where the terminal is narrow. */
const mostRows = 10
const otherRows = 3

/** What a row has besides its text: the pointer, an arrow where there is more, spaces. */
const margin = 4

/** The keys that mean no answer: Ctrl-C, Ctrl-D, Esc. */
const leaves = ({ ctrl, name }: Key): boolean => name === "escape" || (ctrl === true && (name === "c" || name === "d"))

/** Keys as they are pressed, until the scope closes or the person leaves. In raw mode Ctrl-C comes to us. */
const readKeys = Effect.gen(function* () {
  const keys: Keys = yield* Queue.make<Terminal.UserInput, Cause.Done>()
  const { stdin } = process
  const onKey = (input: string | undefined, key: Key): void => {
    if (leaves(key)) return void Queue.endUnsafe(keys)
    Queue.offerUnsafe(keys, {
      input: Option.fromUndefinedOr(input),
      key: { name: key.name ?? "", ctrl: key.ctrl === true, meta: key.meta === true, shift: key.shift === true }
    })
  }
  const onEnd = (): void => void Queue.endUnsafe(keys)
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      emitKeypressEvents(stdin)
      stdin.setRawMode(true)
      stdin.on("keypress", onKey).once("end", onEnd).resume()
    }),
    () =>
      Effect.sync(() => {
        stdin.removeListener("keypress", onKey).removeListener("end", onEnd).pause()
        stdin.setRawMode(false)
      })
  )
  return keys
})

const notAsked = Effect.die("a list asks the terminal for keys alone")

const terminal = Layer.sync(Terminal.Terminal, () =>
  Terminal.make({
    columns: Effect.sync(() => process.stderr.columns),
    rows: Effect.sync(() => process.stderr.rows),
    size: notAsked,
    readLine: notAsked,
    readInput: readKeys,
    display: (text) => Effect.callback((resume) => void process.stderr.write(text, () => resume(Effect.void)))
  })
)

const environment = Layer.mergeAll(terminal, FileSystem.layerNoop({}), Path.layer)

/** Nothing beyond ASCII. */
const plainTheme = {
  prefix: "?",
  pointer: ">",
  pointerSmall: ">",
  ellipsis: "...",
  tick: "ok",
  arrowUp: "^",
  arrowDown: "v"
}

export interface PickerLook {
  readonly color: boolean
  readonly plain: boolean
}

/** The value that was picked; interrupts where the person leaves. What is typed narrows the list. */
export const pick = (question: string, choices: ReadonlyArray<Choice>, { color, plain }: PickerLook) =>
  Effect.suspend(() => {
    const { columns, rows } = process.stderr
    const width = Math.max(10, columns - margin)
    const shown = (text: string): string => {
      const clean = sanitize(text)
      return plain ? clean.replace(/[^\x20-\x7e]/gu, "?").slice(0, width) : fitStart(clean, width)
    }
    const prompt = Prompt.AutoComplete({
      message: shown(question),
      choices: choices.map(({ title, value }) => ({ value, title: shown(title) })),
      maxPerPage: Math.max(1, Math.min(mostRows, rows - otherRows)),
      filterLabel: "filter",
      filterPlaceholder: "type",
      emptyMessage: "none fits",
      theme: { ...(plain ? plainTheme : {}), colors: color }
    })
    return Prompt.run(prompt).pipe(
      Effect.catchTag("QuitError", () =>
        Effect.andThen(
          Effect.sync(() => process.stderr.write("\n")),
          Effect.interrupt
        )
      ),
      Effect.provide(environment)
    )
  })
