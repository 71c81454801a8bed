/** The fenced shell blocks of a page, and whether what a command printed is what the page shows. */

/** What stands in HTML comments right above a block. */
export interface Markers {
  /** Why this block is not run. */
  readonly notRun: string | undefined
  /** A fresh scene from here on, with these. */
  readonly scene: ReadonlyArray<string> | undefined
  /** Shell that readers do not see, run before the block. */
  readonly before: ReadonlyArray<string>
  /** The exit code of the block's last command. */
  readonly exits: number | undefined
  /** The command runs until it is stopped: it is, once it has printed what is shown. */
  readonly serves: boolean
}

export interface Command {
  readonly text: string
  /** What the page shows below it; undefined where it shows nothing. */
  readonly shown: ReadonlyArray<string> | undefined
  /** Line of the page on which it stands, from 0. */
  readonly line: number
}

export interface Block {
  readonly line: number
  readonly markers: Markers
  readonly commands: ReadonlyArray<Command>
}

const markersOf = (comments: ReadonlyArray<string>): Markers => {
  const all = (name: string): ReadonlyArray<string> =>
    comments.flatMap((comment) => {
      const [, value] = new RegExp(`^<!-- ${name}: (.*) -->$`).exec(comment) ?? []
      return value === undefined ? [] : [value]
    })
  const [exits] = all("exits")
  return {
    notRun: all("not run")[0],
    scene: all("scene")[0]?.split(", "),
    before: all("before"),
    exits: exits === undefined ? undefined : Number(exits),
    serves: comments.includes("<!-- serves -->")
  }
}

/** Commands behind `$ `, each with what is shown up to the next one. A backslash at the end goes on in the next line. */
const commandsOf = (lines: ReadonlyArray<string>, first: number): ReadonlyArray<Command> => {
  const commands: Array<{ text: string; shown: Array<string>; line: number }> = []
  lines.forEach((line, index) => {
    const last = commands.at(-1)
    if (line.startsWith("$ ")) commands.push({ text: line.slice(2), shown: [], line: first + index })
    else if (last === undefined) throw new Error(`line ${first + index + 1}: output before any command`)
    else if (last.shown.length === 0 && last.text.endsWith("\\")) last.text += `\n${line}`
    else last.shown.push(line)
  })
  return commands.map((command) => ({ ...command, shown: command.shown.length === 0 ? undefined : command.shown }))
}

/** Every block of shell in a page. A fence without a language that begins with `$ ` has forgotten it. */
export const blocksOf = (page: string): ReadonlyArray<Block> => {
  const lines = page.split("\n")
  const blocks: Array<Block> = []
  for (let at = 0; at < lines.length; at++) {
    const [, indent = "", language] = /^(\s*)```(\w*)$/.exec(lines[at] ?? "") ?? []
    if (language === undefined) continue
    const end = lines.findIndex((line, index) => index > at && line === `${indent}\`\`\``)
    const body = lines.slice(at + 1, end).map((line) => line.slice(indent.length))
    const comments: Array<string> = []
    for (let above = at - 1; /^\s*<!-- .* -->$/.test(lines[above] ?? ""); above--)
      comments.unshift((lines[above] ?? "").trim())
    const markers = markersOf(comments)
    if (language === "" && (body[0] ?? "").startsWith("$ "))
      throw new Error(`line ${at + 1}: a fence without "console"`)
    if (["bash", "shell", "zsh"].includes(language)) throw new Error(`line ${at + 1}: write "sh" or "console"`)
    if (language === "console") blocks.push({ line: at, markers, commands: commandsOf(body, at + 1) })
    if (language === "sh")
      blocks.push({ line: at, markers, commands: [{ text: body.join("\n"), shown: undefined, line: at + 1 }] })
    at = end
  }
  return blocks
}

/** What differs from run to run, on both sides: times, hashes, versions, durations, codes, column widths. */
const steady = (line: string): string =>
  line
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "UUID")
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d[:-]\d\d(?:[:-]\d\d)?(?:[.-]\d+)?(?:Z| UTC)?/g, "TIME")
    .replace(/\d{4}-\d\d-\d\d/g, "DATE")
    .replace(/crewkit-invite-[\w-]+/g, "INVITE")
    .replace(/\b[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}\b/g, "CODE")
    .replace(/\b(?=[a-f]*\d)[0-9a-f]{6,64}\b/g, "HASH")
    .replace(/\b\d+\.\d+\.\d+\b/g, "VERSION")
    .replace(/\b[\d.]+ ?(ms|s|kB|MB|GB|minutes?|seconds?)\b/g, "N $1")
    .replace(/ {2,}/g, "  ")
    .trimEnd()

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

/** A line of `…` alone stands for any lines, `…` in a line for anything. */
export const fits = (shown: ReadonlyArray<string>, printed: string): boolean => {
  const form = shown.map((line) =>
    line.trim() === "…" ? "(?:.*\n)*?" : `${steady(line).split("…").map(escaped).join(".*")}\n`
  )
  const lines = printed.trimEnd().split("\n").map(steady)
  return new RegExp(`^${form.join("")}$`).test(`${lines.join("\n")}\n`)
}
