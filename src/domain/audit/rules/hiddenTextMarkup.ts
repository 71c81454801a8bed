/** Stretches of Markdown that a page does not show: HTML comments, link definitions used as such, hidden elements. */
import type { AuditedFile, Span } from "../AuditedFile.ts"

export interface HiddenStretch extends Span {
  readonly kind: "an HTML comment" | "a link definition" | "an element that is not shown"
  /** What stands in it, without the markup around. */
  readonly content: string
}

const most = 20_000

const comments = (text: string): ReadonlyArray<HiddenStretch> => {
  const found: Array<HiddenStretch> = []
  for (let start = text.indexOf("<!--"); start !== -1;) {
    const close = text.indexOf("-->", start + 4)
    // One that is never closed hides the rest of the page.
    const end = close === -1 ? text.length : close + 3
    const content = text.slice(start + 4, Math.min(close === -1 ? text.length : close, start + most))
    found.push({ start, end, kind: "an HTML comment", content })
    start = text.indexOf("<!--", end)
  }
  return found
}

/** `[//]: # (…)`, `[comment]: <> "…"`: a link definition of which only the title matters, on a line of its own. */
const definition =
  /^ {0,3}\[[^\]\n]{1,80}\]:[ \t]*(?:<[^>\n]{0,200}>|[^\s]{1,300})[ \t]+(?:\(([^\n]*)\)|"([^\n]*)"|'([^\n]*)')[ \t]*\r?$/gm

const definitions = (text: string): ReadonlyArray<HiddenStretch> =>
  text.includes("]:")
    ? [...text.matchAll(definition)].map((match) => ({
        start: match.index,
        end: match.index + match[0].trimEnd().length,
        kind: "a link definition",
        content: (match[1] ?? match[2] ?? match[3] ?? "").slice(0, most)
      }))
    : []

const hiding =
  /display:none|visibility:hidden|font-size:0(?![.\d]*[1-9])|opacity:0(?![.\d]*[1-9])|color:transparent|color:(?:white|#fff(?:fff)?)\b|[\s"']hidden(?=[\s>=])|aria-hidden="?true.{0,40}position:absolute/i

const opening = /<([a-z][a-z0-9]{0,15})\b([^<>]{0,500})>/gi

/** The places of all closing tags by name, in order. */
const closings = (text: string): ReadonlyMap<string, Array<number>> => {
  const places = new Map<string, Array<number>>()
  for (const match of text.matchAll(/<\/([a-z][a-z0-9]{0,15})/gi)) {
    const name = (match[1] ?? "").toLowerCase()
    const known = places.get(name)
    if (known === undefined) places.set(name, [match.index])
    else known.push(match.index)
  }
  for (const known of places.values()) known.reverse()
  return places
}

const elements = (text: string): ReadonlyArray<HiddenStretch> => {
  const found: Array<HiddenStretch> = []
  let past = 0
  let places: ReadonlyMap<string, Array<number>> | undefined
  for (const match of text.matchAll(opening)) {
    const [tag, name = "", attributes = ""] = match
    if (match.index < past || !hiding.test(`${attributes.replace(/\s*:\s*/g, ":")}>`)) continue
    places ??= closings(text)
    const inside = match.index + tag.length
    const ends = places.get(name.toLowerCase()) ?? []
    while ((ends.at(-1) ?? text.length) < inside) ends.pop()
    const end = ends.at(-1) ?? inside
    found.push({
      start: match.index,
      end,
      kind: "an element that is not shown",
      content: text.slice(inside, Math.min(end, inside + most))
    })
    past = end
  }
  return found
}

/** In the order in which they begin. */
export const hiddenStretches = ({ text }: AuditedFile): ReadonlyArray<HiddenStretch> =>
  [...comments(text), ...definitions(text), ...elements(text)].sort((one, other) => one.start - other.start)
