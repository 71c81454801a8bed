/** Pieces of a command line that several rules look for. */
import { breaks, eachOf, endOf, isOf, startOf, type Words, wordSet } from "../words.ts"
import { ahead, behind } from "./instructionKit.ts"

export const downloaders = wordSet(
  "curl wget fetch iwr irm aria2c httpie lynx wget2 curlie webrequest restmethod downloadstring downloadfile bitsadmin certutil urlopen urlretrieve"
)

export const interpreters = wordSet(
  "sh bash zsh dash ksh fish ash csh tcsh pwsh powershell python python2 python3 node nodejs deno bun perl ruby php iex lua osascript expression source eval"
)

const shells = wordSet("sh bash zsh dash ksh fish ash csh tcsh pwsh powershell iex expression source eval")

/** What may stand between `|` and the program: `sudo -E`, `env A=b`, a path, a quote. */
const afterPipe =
  /\|&?[\s\\]*[({]?[\s\\]*(?:(?:sudo|doas|exec|command|nohup|time|env|busybox|xargs(?:\s+-\S{1,12}){0,4})(?:\s+(?:-\w{1,12}|\w{1,24}=\S{0,40})){0,4}[\s\\]+)*(?:["'`$]?(?:\/[\w.-]{1,20}){0,5}\/)?["'`\\$]{0,2}(?:invoke-)?$/i

/** An interpreter told to run something else than what it reads: `python -m json.tool`, `bash -c '…'`, `node x.js`. */
const readsElsewhere =
  /^["'`]?\s+(?:-[a-z]*[cemnpr](?:\s|$)|--?(?:eval|print|command|file)\b|(?!-)[\w./~$-]+\.\w+|[a-z]\w*\.[a-z])/i

export interface PipedInto {
  /** Index of the word that is the program. */
  readonly at: number
  /** Offset of the pipe. */
  readonly pipe: number
  readonly isShell: boolean
}

/** Programs that run what is piped into them. */
export const pipedInto = (words: Words): ReadonlyArray<PipedInto> => {
  const { text } = words
  return eachOf(words, interpreters).flatMap((at) => {
    const start = startOf(words, at)
    const before = behind(text, start, 90)
    const form = before.includes("|") ? afterPipe.exec(before) : null
    if (form === null) return []
    const pipe = start - before.length + form.index
    // `||` is no pipe, and `\|` is one in a cell of a table.
    if (text.charCodeAt(pipe - 1) === 124) return []
    const isShell = isOf(words, at, shells)
    if (!/\bxargs\b/.test(form[0]) && readsElsewhere.test(ahead(text, endOf(words, at), 60))) return []
    return [{ at, pipe, isShell }]
  })
}

/** The nearest word of the list before an offset, within one pipeline; -1 where there is none. */
export const lastBefore = (words: Words, list: ReadonlyArray<number>, offset: number, distance: number): number => {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (startOf(words, list[middle] ?? 0) < offset) low = middle + 1
    else high = middle
  }
  const at = list[low - 1]
  if (at === undefined) return -1
  const start = startOf(words, at)
  return offset - start <= distance && !endsCommand(words.text, endOf(words, at), offset) ? at : -1
}

/** A line's end that neither a backslash nor a pipe carries over. */
const endsCommand = (text: string, from: number, to: number): boolean => {
  const piece = text.slice(from, to)
  for (let at = piece.indexOf("\n"); at >= 0; at = piece.indexOf("\n", at + 1)) {
    const before = piece.slice(Math.max(0, at - 8), at).trimEnd()
    const after = text.slice(from + at + 1, from + at + 60).trimStart()
    if (!before.endsWith("\\") && !before.endsWith("|") && !after.startsWith("|")) return true
  }
  return /[.!?]\s+[A-Z]/.test(piece) && breaks(piece, 0, piece.length)
}

/** Something stands after a downloader that it could load: an address, a variable, an option. */
export const hasTarget = (text: string, at: number): boolean =>
  /^["'`)\]]?(?:\s|\(|\\)+["'`(<\\[{]*(?:-{1,2}[a-z]|https?:|ftp:|\$|%|\{|<|\.\.\.|…|[\w-]+\.[a-z]{2,}|new-object|http)/i.test(
    ahead(text, at, 60)
  )

export const hasAddress = (text: string): boolean =>
  /https?:|ftp:|\$\{?\w|%\w+%|\{\{|\b(?:[\w-]+\.)+[a-z]{2,}(?:\/|:|\b)|\b\d{1,3}(?:\.\d{1,3}){3}\b/i.test(text)

/** What runs the output of `$(…)`, `<(…)` or backquotes: `eval "`, `bash -c "`, `source `, `. `. */
const runner =
  /(?:^|[\s;&|(`"'{])(?:eval|exec|source|\.|iex|invoke-expression|(?:ba|z|da|k|fi)?sh|python3?|perl|node)(?:\s+-\w{1,6}){0,3}\s*["'`(]{0,3}\s*(?:\$\(|<\(|`|\(|\$\{)?["'`(\s&]*$/i

/** Whether the command at an offset is substituted into something that runs it; the offset where that starts. */
export const runnerBefore = (text: string, at: number): number => {
  const before = behind(text, at, 70)
  const opened =
    /(?:\$\(|<\(|`|\(|\b(?:iex|eval|exec)\s*["'(]?)\s*(?:(?:sudo|command|echo|printf|cat)\s+(?:-\w+\s+)?["']?|\(?new-object\s+(?:system\.)?net\.webclient\)?\.|invoke-)?$/i.exec(
      before
    )
  if (opened === null) return -1
  const head = before.slice(0, opened.index + (/^(?:iex|eval|exec)/i.exec(opened[0])?.[0].length ?? 0))
  const found = runner.exec(head) ?? (/^(?:iex|eval|exec)/i.test(opened[0]) ? /$/.exec(head) : null)
  return found === null ? -1 : at - before.length + found.index
}
