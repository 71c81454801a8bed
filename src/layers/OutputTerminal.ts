import { Clock, Effect, Layer, Predicate, Ref, Schema } from "effect"
import { bugProblem, isExplained } from "../domain/bug.ts"
import type { Explained } from "../domain/errors.ts"
import { safeJson, sanitize } from "../domain/sanitize.ts"
import { schemaVersion } from "../domain/schemaVersion.ts"
import { bad, faint, type Line, type Look, type Span, warn as warned } from "../domain/text.ts"
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

/** What has a form of its own in plain ASCII. */
const ascii: ReadonlyArray<readonly [RegExp, string]> = [
  [/✓/g, "ok"],
  [/✗/g, "x"],
  [/→/g, "->"],
  [/[·•]/g, "-"],
  [/…/g, "..."],
  [/[^\t\x20-\x7e]/gu, "?"]
]

const toAscii = (text: string): string => ascii.reduce((all, [from, to]) => all.replace(from, to), text)

/** Milliseconds before a bar appears, and between two of its pictures. */
const patience = 500
const frame = 80
const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

interface Problem extends Omit<Explained, "_tag"> {
  readonly code: string
}

/** What an error says for itself; a defect says that it is one. */
const problemOf = (error: unknown): Problem => {
  if (isExplained(error)) {
    const next = Predicate.hasProperty(error, "next") && Predicate.isString(error.next) ? error.next : undefined
    const details = Predicate.hasProperty(error, "details") && isJson(error.details) ? error.details : undefined
    return {
      code: String(error._tag),
      message: String(error.message),
      ...(next === undefined ? {} : { next }),
      ...(details === undefined ? {} : { details })
    }
  }
  return bugProblem(error)
}

const isJson = Schema.is(Schema.Json)

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

    const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
      Effect.callback<void>((resume) => {
        stream.write(text, () => resume(Effect.void))
      })

    const spanText = (span: Span | string, colored: boolean): string => {
      const { look, text } = typeof span === "string" ? { look: "plain" as const, text: span } : span
      const clean = sanitize(text)
      const shown = plain ? toAscii(clean) : clean
      return colored && look !== "plain" && shown !== "" ? `\u001b[${codes[look]}m${shown}\u001b[0m` : shown
    }

    const render = (lines: ReadonlyArray<Line>, stream: NodeJS.WriteStream): string => {
      const colored = color && stream.isTTY
      return lines.map((line) => `${line.map((span) => spanText(span, colored)).join("")}\n`).join("")
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
        if (!stderr().isTTY || plain || quiet || json) return work
        let step = 0
        const draw = Effect.sync(() => stderr().write(`\r\u001b[K${spinner[step++ % spinner.length] ?? ""} ${label}`))
        return Effect.raceFirst(work, Effect.forever(Effect.andThen(draw, Effect.sleep(frame)))).pipe(
          Effect.ensuring(Effect.sync(() => stderr().write("\r\u001b[K")))
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
          const shows = stderr().isTTY && !plain && !quiet && !json
          const draw = (done: number) => {
            const width = Math.max(10, Math.min(30, (stderr().columns ?? 80) - label.length - 20))
            const filled = Math.round((width * done) / total)
            stderr().write(`\r\u001b[K${label} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${done}/${total}`)
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
            Effect.ensuring(Effect.sync(() => (drawn > 0 ? stderr().write("\r\u001b[K") : undefined)))
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
          ...(problem.next === undefined ? [] : [[faint("  try: "), problem.next]])
        ])
        if (debug && error instanceof Error && error.stack !== undefined)
          yield* toError(error.stack.split("\n").map((line) => [faint(line)]))
      })
    })
  })
)
