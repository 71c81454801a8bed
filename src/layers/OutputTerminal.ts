import { Clock, Effect, Layer, Ref, Schema } from "effect"
import { toAscii } from "../domain/ascii.ts"
import { problemOf } from "../domain/bug.ts"
import { displayWidth } from "../domain/displayWidth.ts"
import { foldLine } from "../domain/fold.ts"
import { safeJson, sanitize } from "../domain/sanitize.ts"
import { schemaVersion } from "../domain/schemaVersion.ts"
import { bad, faint, type Line, type Look, type Span, warn as warned, whole } from "../domain/text.ts"
import { CurrentCommand, Invocation } from "../services/Invocation.ts"
import { Output, type Progress } from "../services/Output.ts"

const codes: Record<Exclude<Look, "plain">, string> = {
  strong: "1",
  faint: "2",
  good: "32",
  warn: "33",
  bad: "31",
  code: "36"
}

/** A next step that is typed as it stands: a line break in it would run half of it. */
const isCommand = (text: string): boolean => /^(?:(?:crewkit|npm|git|chmod|ls) |[A-Z_]+=)/.test(text)

/** Fewer columns than this are no terminal's, but one that does not know. */
const fewestColumns = 20

/** Milliseconds before a bar appears, and between two of its pictures. */
const patience = 500
const frame = 80
const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

/** Node makes a stream when it is first asked for, which takes a millisecond. */
const streamOnce = (stream: () => NodeJS.WriteStream): (() => NodeJS.WriteStream) => {
  let made: NodeJS.WriteStream | undefined
  // A reader that has gone (a pipe into head) is no failure of ours.
  return () => (made ??= stream().on("error", () => undefined))
}

const stdout = streamOnce(() => process.stdout)
const stderr = streamOnce(() => process.stderr)

export const layer = Layer.effect(
  Output,
  Effect.gen(function* () {
    const { color, debug, json, plain, quiet } = yield* Invocation
    const warnings = yield* Ref.make<ReadonlyArray<string>>([])

    /** A terminal that calls itself dumb may not know what a carriage return is. */
    const animates = () => stderr().isTTY && process.env["TERM"] !== "dumb" && !plain && !quiet && !json
    /** Where no colour is wanted there is no escape sequence of any kind. */
    const erase = (width: number) => (color ? "\r\u001b[K" : `\r${" ".repeat(width)}\r`)

    const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
      Effect.callback<void>((resume) => {
        stream.write(text, () => resume(Effect.void))
      })

    const cleanOf = (span: Span | string): Span => {
      const { text, ...rest } = typeof span === "string" ? { look: "plain" as const, text: span } : span
      const clean = sanitize(text)
      return { ...rest, text: plain ? toAscii(clean) : clean }
    }

    const render = (lines: ReadonlyArray<Line>, stream: NodeJS.WriteStream): string => {
      const colored = color && stream.isTTY
      const columns = stream.isTTY && stream.columns >= fewestColumns ? stream.columns : Infinity
      const textOf = ({ look, text }: Span): string =>
        colored && look !== "plain" && text !== "" ? `\u001b[${codes[look]}m${text}\u001b[0m` : text
      return lines
        .flatMap((line) => foldLine(line.map(cleanOf), columns))
        .map((row) => `${row.map(textOf).join("")}\n`)
        .join("")
    }

    const toError = (lines: ReadonlyArray<Line>) => write(stderr(), render(lines, stderr()))

    const document = Effect.fnUntraced(function* (body: object) {
      const command = yield* CurrentCommand
      const text = safeJson({ schemaVersion, command, ...body, warnings: yield* Ref.get(warnings) })
      yield* write(stdout(), `${text}\n`)
    })

    const result = <A, I>(schema: Schema.Codec<A, I>, value: A, lines: ReadonlyArray<Line>): Effect.Effect<void> =>
      json
        ? Effect.flatMap(Effect.orDie(Schema.encodeEffect(schema)(value)), (data) => document({ ok: true, data }))
        : lines.length === 0
          ? Effect.void
          : write(stdout(), render(lines, stdout()))

    return Output.of({
      result,
      summary: (schema, value, lines) => result(schema, value, quiet ? [] : lines),
      columns: Effect.sync(() => (stdout().isTTY ? stdout().columns : undefined)),
      text: (lines) => (quiet || json || lines.length === 0 ? Effect.void : write(stdout(), render(lines, stdout()))),
      note: (lines) => (quiet || json ? Effect.void : toError(lines)),
      aside: (lines) => (quiet || json || !process.stdout.isTTY ? Effect.void : toError(lines)),
      ask: toError,
      withSpinner: (label, work) => {
        if (!animates()) return work
        let step = 0
        const clear = erase(displayWidth(label) + 2)
        const draw = Effect.sync(() => stderr().write(`${clear}${spinner[step++ % spinner.length] ?? ""} ${label}`))
        return Effect.raceFirst(work, Effect.forever(Effect.andThen(draw, Effect.sleep(frame)))).pipe(
          Effect.ensuring(Effect.sync(() => stderr().write(clear)))
        )
      },
      warn: (text) =>
        json
          ? Ref.update(warnings, (all) => [...all, text])
          : quiet
            ? Effect.void
            : toError([[warned("warning: "), text]]),
      withProgress: (label, total, work) =>
        Effect.gen(function* () {
          const clock = yield* Clock.Clock
          const start = clock.currentTimeMillisUnsafe()
          let drawn = 0
          const shows = animates()
          const columns = stderr().columns ?? 80
          const clear = erase(columns - 1)
          const draw = (done: number) => {
            const width = Math.max(10, Math.min(30, columns - label.length - 20))
            const filled = Math.round((width * done) / total)
            stderr().write(`${clear}${label} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${done}/${total}`)
          }
          const progress: Progress = {
            at: (done) => {
              if (!shows) return
              const now = clock.currentTimeMillisUnsafe()
              if (now - start < patience || now - drawn < frame) return
              drawn = now
              draw(done)
            }
          }
          return yield* work(progress).pipe(
            Effect.ensuring(Effect.sync(() => (drawn > 0 ? stderr().write(clear) : undefined)))
          )
        }),
      failure: Effect.fnUntraced(function* (error: unknown) {
        const problem = problemOf(error)
        if (json) {
          // A link that cannot be had is no reason to keep the failure to oneself.
          const docs = yield* Effect.promise(() =>
            import("../domain/errorPages.ts").then(
              ({ docsOf }) => docsOf(problem.code),
              () => undefined
            )
          )
          return yield* document({ ok: false, error: docs === undefined ? problem : { ...problem, docs } })
        }
        const [first = "", ...rest] = problem.message.split("\n")
        yield* toError([
          [bad("error: "), first],
          ...rest.map((line): Line => [line]),
          ...(problem.next === undefined
            ? []
            : [
                [
                  faint("  try: "),
                  isCommand(problem.next) ? whole({ look: "plain", text: problem.next }) : problem.next
                ]
              ])
        ])
        if (debug && error instanceof Error && error.stack !== undefined)
          yield* toError(error.stack.split("\n").map((line) => [faint(line)]))
      })
    })
  })
)
