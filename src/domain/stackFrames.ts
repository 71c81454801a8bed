/**
 * A stack trace reduced to what the published program says by itself. A line counts only where its file is one of the
 * program's own, a function's name only where that file's text holds it: V8 takes names from computed keys too, and
 * such a key can be anything. Everything else, the message and what looks like a frame inside it too, is dropped.
 */

/** One place in the program; oldest call first, as Sentry's protocol has it. */
export interface Frame {
  /** Name of a file of the published program, without any folder. */
  readonly filename: string
  readonly function?: string
  readonly lineno: number
  readonly colno: number
}

/** The program as it was published. */
export interface Program {
  /** The folder of its files, absolute. */
  readonly folder: string
  /** The text of a file in that folder; undefined where there is no such file. */
  readonly textOf: (name: string) => string | undefined
}

const mostFrames = 30

/** `at name (file:1:2)`, `at async name (file:1:2)`, `at file:1:2`. */
const line = /^ {4}at (?:async )?(?:(?:new )?(.+?) \()?(?:file:\/\/)?(.+?):(\d{1,9}):(\d{1,9})\)?$/

const identifier = /^[A-Za-z_$][\w$]{0,63}$/

/** The last part of `Object.a.b`, without `[as c]`. */
const nameIn = (text: string | undefined): string | undefined =>
  (text ?? "")
    .replace(/ \[as .*$/, "")
    .split(".")
    .at(-1)

const isWord = (text: string, word: string): boolean => text.split(/[^\w$]+/).some((each) => each === word)

const inFolder = (path: string, folder: string): string | undefined => {
  const [file, own] = [path, folder].map((each) => each.replaceAll("\\", "/"))
  if (file === undefined || own === undefined || !file.startsWith(`${own}/`)) return undefined
  const name = file.slice(own.length + 1)
  return /^[\w.-]{1,80}$/.test(name) ? name : undefined
}

export const framesOf = (stack: string, message: string, program: Program): ReadonlyArray<Frame> => {
  // The message stands in front, and may itself look like frames.
  const start = message === "" ? -1 : stack.indexOf(message)
  const calls = start < 0 ? stack : stack.slice(start + message.length)
  return calls
    .split("\n")
    .flatMap((each): ReadonlyArray<Frame> => {
      const [, called, path = "", row = "", column = ""] = line.exec(each) ?? []
      const filename = inFolder(path, program.folder)
      const text = filename === undefined ? undefined : program.textOf(filename)
      if (filename === undefined || text === undefined) return []
      const name = nameIn(called)
      const known = name !== undefined && identifier.test(name) && isWord(text, name)
      return [{ filename, ...(known ? { function: name } : {}), lineno: Number(row), colno: Number(column) }]
    })
    .slice(0, mostFrames)
    .reverse()
}
