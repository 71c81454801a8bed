/**
 * The plainest YAML there is, without the `yaml` package: lines of `key: text`. Most frontmatter is just that, and a
 * thousand agents are read and written on a first sync. Anything else, a mistake included, is left to the package
 * (undefined), so this never has an opinion of its own; a property test holds the two against each other.
 */
const key = /^[A-Za-z][A-Za-z0-9_-]*$/

/**
 * Text that needs no quotes: a letter or a path first, no `:` or `#` anywhere, no space at the end, nothing invisible.
 * Written as ranges, because looking characters up by property costs a start-up.
 */
const bare =
  /^(?:[A-Za-z]|\.{0,2}\/)(?:[!"$-9;-~\u00a1-\u00ac\u00ae-\u02ff\u0400-\u0590\u2010-\u2027\u2030-\u205e\u3001-\ud7ff]| (?! |$))*$/

const quoted = /^"([ !#-[\]-~]*)"$/

/** Letters that are not text to YAML. */
const notText = /^(?:true|false|null)$/i

const valueOf = (text: string): string | undefined =>
  bare.test(text) ? (notText.test(text) ? undefined : text) : quoted.exec(text)?.[1]

/** Keys and texts in order; undefined where the package has to read it. */
export const readPlainYaml = (yaml: string): Map<string, string> | undefined => {
  const fields = new Map<string, string>()
  for (const line of yaml.split("\n")) {
    if (line === "" || line.startsWith("#")) continue
    const colon = line.indexOf(": ")
    const name = line.slice(0, Math.max(colon, 0))
    const value = valueOf(line.slice(colon + 2))
    if (!key.test(name) || notText.test(name) || value === undefined || fields.has(name)) return undefined
    fields.set(name, value)
  }
  return fields
}

/** Printable ASCII that stands in double quotes as it is. */
const quotable = /^[\u0020-\u007e]*$/

const special = /["\\]/

const lineOf = (name: string, value: unknown, quote: boolean): string | undefined => {
  if (typeof value !== "string" || !key.test(name) || notText.test(name) || !quotable.test(value)) return undefined
  if (value.includes("---") || name.includes("---")) return undefined
  if (quote) return special.test(value) ? undefined : `${name}: "${value}"\n`
  return bare.test(value) && !notText.test(value) && !special.test(value) ? `${name}: ${value}\n` : undefined
}

/** The same text as the package writes; undefined where the package has to write it. */
export const writePlainYaml = (
  fields: ReadonlyArray<{ readonly key: string; readonly value: unknown }>,
  alwaysQuoted: ReadonlySet<string>
): string | undefined => {
  let yaml = ""
  for (const field of fields) {
    const line = lineOf(field.key, field.value, alwaysQuoted.has(field.key))
    if (line === undefined) return undefined
    yaml += line
  }
  return yaml
}
