/** What a shell hands over of its command line, as words. */

export interface TypedLine {
  /** The whole words, without quotes. */
  readonly before: ReadonlyArray<string>
  /** The word at the cursor, without quotes. */
  readonly current: string
  /** The same as it stands in the line. */
  readonly raw: string
}

const digitsOrArrow = /^\d*[<>]/

/** A line of bash up to the cursor, by its rules of quoting. Nothing is expanded. The first word is the command. */
export const readBashLine = (line: string): TypedLine => {
  const words: Array<string> = []
  let word = ""
  let start = -1
  let quote = ""
  /** The word before this one was `>` or the like, and this one its file. */
  let redirected = false
  const begin = (at: number): void => {
    if (start < 0) start = at
  }
  const end = (at: number): void => {
    if (start < 0) return
    const raw = line.slice(start, at)
    const redirects = digitsOrArrow.test(raw) || raw.startsWith("&>")
    if (!redirects && !redirected) words.push(word)
    redirected = redirects && /[<>&|]$/.test(raw)
    word = ""
    start = -1
  }
  for (let at = 0; at < line.length; at++) {
    const letter = line.charAt(at)
    if (quote === "'" ? letter !== "'" : quote === '"' && letter !== '"' && letter !== "\\") word += letter
    else if (letter === quote) quote = ""
    else if (letter === "\\") {
      begin(at)
      const next = line.charAt(at + 1)
      // Between double quotes a backslash is itself before most letters.
      word += quote === '"' && !/["$`\\]/.test(next) ? `\\${next}` : next
      at++
    } else if (quote === "" && (letter === "'" || letter === '"')) {
      begin(at)
      quote = letter
    } else if (/\s/.test(letter)) end(at)
    else {
      begin(at)
      word += letter
    }
  }
  const raw = start < 0 ? "" : line.slice(start)
  const first = words.findIndex((each) => !/^\w+=/.test(each))
  return { before: words.slice(first + 1), current: word, raw }
}

/**
 * What bash replaces is the end of the word: what stands after an open quote, or after a character that it breaks words
 * at, such as `=`. This is the part before that, without quotes; `replaced` is as bash hands it over.
 */
export const keptByBash = ({ current, raw }: TypedLine, replaced: string): string =>
  replaced !== "" && !raw.endsWith(replaced)
    ? ""
    : replaced === ""
      ? current
      : readBashLine(`crewkit ${raw.slice(0, raw.length - replaced.length)}`).current
