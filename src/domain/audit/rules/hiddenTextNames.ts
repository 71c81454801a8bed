// oxlint-disable no-misleading-character-class -- such characters are what this file looks for
/** Keys, names and tools that look like something else than they are. */
import { entryOf, type AuditedFile, type Entry, type Span } from "../AuditedFile.ts"
import type { Fix, Hit } from "../Finding.ts"
import type { Rule } from "../Rule.ts"
import { knownKeys } from "./builtIns.ts"
import { codePoint, invisible, lookAlikes, seen } from "./lookalikes.ts"
import { listed, shown } from "./shown.ts"

const withoutInvisible = (file: AuditedFile, { end, start }: Span): Fix => ({
  description: "Remove the characters that cannot be seen",
  edits: [...file.text.slice(start, end).matchAll(invisible)].map((match) => ({
    start: start + match.index,
    end: start + match.index + match[0].length,
    text: ""
  }))
})

/** Longer than any name. */
const most = 4000

const named = (characters: ReadonlyArray<string>): string => listed([...new Set(characters.map(codePoint))])

/** A joiner has work to do inside an emoji, or between letters of a script that uses it. */
const joined =
  /\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?(?:\u200d\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)*\ufe0f?|(?<=[\p{sc=Arabic}\p{sc=Devanagari}\p{sc=Bengali}\p{sc=Tamil}\p{sc=Telugu}\p{sc=Kannada}\p{sc=Malayalam}\p{sc=Gujarati}\p{sc=Sinhala}]\p{M}?)[\u200c\u200d]/gu

/** `read` is what the client makes of the place, escapes of YAML resolved. */
const hitAt = (file: AuditedFile, place: Span, what: string, read?: string): ReadonlyArray<Hit> => {
  const written = file.text.slice(place.start, Math.min(place.end, place.start + most))
  const text = read === undefined ? written : read.slice(0, most)
  const hidden = text.replace(joined, "").match(invisible) ?? []
  if (hidden.length > 0) {
    const mends = written.search(invisible) !== -1 && text.search(joined) === -1
    return [
      {
        ...place,
        message: `${what} ${shown(text)} holds characters that cannot be seen: ${named(hidden)}`,
        confidence: "high",
        identity: text,
        ...(mends ? { fix: withoutInvisible(file, place) } : {})
      }
    ]
  }
  const letters = lookAlikes(text)
  if (letters.length === 0) return []
  return [
    {
      ...place,
      message: `${what} looks like ${shown(seen(text))}, but ${named(letters)} ${letters.length > 1 ? "are letters" : "is a letter"} of another kind`,
      confidence: /[A-Za-z]/.test(text) ? "high" : "medium",
      // A dash between words is how a person types who has an editor that makes one of a hyphen.
      severity: letters.every((one) => /[\u2013\u2014]/.test(one)) ? "low" : "high",
      identity: text
    }
  ]
}

const textOf = ({ value }: Entry): string => (typeof value === "string" ? value : JSON.stringify(value))

/** The names of a list of tools, with their places, however the list is written. */
const toolNames = (file: AuditedFile, entry: Entry): ReadonlyArray<Span> =>
  [...file.text.slice(entry.valueSpan.start, entry.valueSpan.end).matchAll(/[^\s,[\]"'()]+/g)].map((match) => {
    const start = entry.valueSpan.start + match.index
    return { start, end: start + match[0].length }
  })

export const disguisedName: Rule = {
  id: "disguised-name",
  category: "hidden-text",
  title: "A key, name or tool that is not what it looks like",
  severity: "high",
  why: "A zero-width space or a Cyrillic letter makes another word of it for the client, and the same one for a person: a `tools` that restricts nothing, or a second agent that passes for a trusted one.",
  remedy: "Type the word anew. `crewkit agents audit --fix` removes what cannot be seen.",
  check: (file) => {
    const name = entryOf(file, "name")
    const tools = ["tools", "disallowedTools"].flatMap((key) => entryOf(file, key) ?? [])
    return [
      ...file.frontmatter.entries
        .filter(({ key }) => !knownKeys.has(key))
        .flatMap((entry) => hitAt(file, entry.keySpan, "the key", entry.key)),
      ...(name === undefined ? [] : hitAt(file, name.valueSpan, "the name", textOf(name))),
      ...tools.flatMap((entry) => {
        const inText = toolNames(file, entry).flatMap((place) => hitAt(file, place, "the tool"))
        return inText.length > 0 ? inText : hitAt(file, entry.valueSpan, "the list", JSON.stringify(entry.value))
      })
    ]
  }
}
