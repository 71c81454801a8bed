/**
 * Frontmatter that is not YAML though a person can read it: mostly an unquoted `: ` in a description. Claude Code
 * quotes such one-line values itself; a value that goes on over indented lines it drops with the whole agent. Here both
 * become plain text.
 */
export interface Repair {
  readonly key: string
  /** Line within the frontmatter, from 0. */
  readonly line: number
}

interface Entry {
  readonly line: number
  readonly key: string | undefined
  readonly value: string
  readonly rest: Array<string>
}

const keyLine = /^([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*)|[ \t]*)$/

const entriesOf = (yaml: string): ReadonlyArray<Entry> => {
  const entries: Array<Entry> = []
  for (const [line, text] of yaml.replace(/\n$/, "").split("\n").entries()) {
    const match = keyLine.exec(text)
    const last = entries.at(-1)
    if (match !== null) entries.push({ line, key: match[1], value: (match[2] ?? "").trim(), rest: [] })
    else if (last !== undefined) last.rest.push(text)
    else entries.push({ line, key: undefined, value: text, rest: [] })
  }
  return entries
}

/** Continuation lines without their common indentation, so that their own structure stays. */
const dedent = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const filled = lines.filter((line) => line.trim() !== "")
  const margin = Math.min(...filled.map((line) => line.length - line.trimStart().length))
  return lines.map((line) => (line.trim() === "" ? "" : line.slice(margin).trimEnd()))
}

const textOf = (entry: Entry): string =>
  [entry.value, ...(entry.rest.some((line) => line.trim() !== "") ? dedent(entry.rest) : [])].join("\n").trim()

/** Turns each entry that `isYaml` refuses into a quoted string. */
export const repairFrontmatter = (
  yaml: string,
  isYaml: (entry: string) => boolean
): { readonly yaml: string; readonly repairs: ReadonlyArray<Repair> } => {
  const repairs: Array<Repair> = []
  const lines: Array<string> = []
  for (const entry of entriesOf(yaml)) {
    const source =
      entry.key === undefined ? [entry.value, ...entry.rest] : [`${entry.key}: ${entry.value}`.trimEnd(), ...entry.rest]
    if (entry.key === undefined || isYaml(source.join("\n"))) {
      lines.push(...source)
      continue
    }
    repairs.push({ key: entry.key, line: entry.line })
    // A JSON string is a double-quoted YAML scalar; blank lines keep the line numbers of what follows.
    lines.push(`${entry.key}: ${JSON.stringify(textOf(entry))}`, ...entry.rest.map(() => ""))
  }
  return { yaml: `${lines.join("\n")}\n`, repairs }
}
