/** What the built program sends to a terminal, byte for byte, and what the terminal makes of it. */
import * as fs from "node:fs"
import { join } from "node:path"
import { launcher, node } from "./program.ts"
import { openTerminal } from "./terminal.ts"

export interface OnTerminal {
  readonly code: number
  /** Standard output and error together, as they were sent. */
  readonly raw: string
  /** Lines as they were sent, without their styles; one that the terminal broke is one line here. */
  readonly lines: ReadonlyArray<string>
}

export interface Options {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly columns: number
  readonly term?: string
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

// oxlint-disable-next-line no-control-regex -- styles are what is taken out
const style = /\u001b\[[0-9;]*[mK]/g

/** What a line is at last: a spinner is drawn over. */
const settled = (line: string): string => {
  const text = line.replace(/\r$/, "")
  return text.slice(text.lastIndexOf("\r") + 1)
}

/** In `script`, which keeps the bytes, in a terminal of tmux, which gives it its size. */
export const onTerminal = async (args: ReadonlyArray<string>, options: Options): Promise<OnTerminal> => {
  const file = join(fs.mkdtempSync(join(options.cwd, "..", "typescript-")), "bytes")
  const { NO_COLOR: _, ...env } = options.env
  const set = { ...env, TERM: options.term ?? "tmux-256color", LC_ALL: "C.UTF-8" }
  if (options.env["NO_COLOR"] !== undefined && options.env["NO_COLOR"] !== "") Object.assign(set, { NO_COLOR: "1" })
  const words = ["env", ...Object.entries(set).map(([name, value]) => `${name}=${value}`), node, launcher, ...args]
  await using terminal = await openTerminal(
    "/usr/bin/script",
    ["--quiet", "--return", "--command", words.map(quoted).join(" "), file],
    { cwd: options.cwd, env, columns: options.columns, rows: 50 }
  )
  const code = await terminal.exit()
  const text = fs.readFileSync(file, "utf8")
  const raw = text.replace(/^Script started[^\n]*\n/, "").replace(/\r?\nScript done[^]*$/, "")
  return {
    code,
    raw,
    lines: raw
      .replace(style, "")
      .replace(/\r?\n$/, "")
      .split("\n")
      .map(settled)
  }
}
