/**
 * An agent file as Claude Code 2.1.330 reads it (test/e2e/clientModel.test.ts): where its frontmatter stands, which
 * keys and values it holds, and what of that is not strict YAML.
 */
import type { AuditedFile, Frontmatter, Span } from "../domain/audit/AuditedFile.ts"
import { beyondLimits } from "./yamlLimits.ts"
import { readPlainEntries } from "./readerPlain.ts"
import { type EntriesRead, readYamlEntries } from "./readerYaml.ts"

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder("utf-8", { ignoreBOM: true })

const decoded = (bytes: Uint8Array): { readonly text: string; readonly malformed: boolean } => {
  try {
    return { text: strict.decode(bytes), malformed: false }
  } catch {
    return { text: lenient.decode(bytes), malformed: true }
  }
}

const fence = "---"

const nowhere: Span = { start: 0, end: 0 }

/** Opens at the very first byte, a byte order mark aside; only white space may follow on its line. */
const opening = /\ufeff?---[^\S\n]*\n/y

/** What a person takes for the opening, though the client does not. */
const hiddenOpening = /[\s\ufeff]*---[^\S\n]*\n/y

/** The rest of the line of the closing fence, where that is white space. */
const afterClosing = /[^\S\n]*(?:\n|$)/y

const endOf = (pattern: RegExp, text: string, from: number): number | undefined => {
  pattern.lastIndex = from
  return pattern.test(text) ? pattern.lastIndex : undefined
}

const without = (text: string, state: Frontmatter["state"]): Pick<AuditedFile, "frontmatter" | "body"> => ({
  frontmatter: { state, span: nowhere, entries: [], problems: [], comments: [] },
  body: { start: 0, end: text.length }
})

/** More than the client opens at all is not looked into; by far, so that what is just over the limit is shown. */
const maxFrontmatter = 4_194_304

const entriesIn = (text: string, span: Span): EntriesRead | "oversized" => {
  if (span.end - span.start > maxFrontmatter) return "oversized"
  const yaml = text.slice(span.start, span.end)
  const plain = readPlainEntries(yaml, span.start)
  if (plain !== undefined) return plain
  return beyondLimits(yaml) === undefined ? readYamlEntries(yaml, span.start) : "oversized"
}

const parts = (text: string): Pick<AuditedFile, "frontmatter" | "body"> => {
  const start = endOf(opening, text, 0)
  if (start === undefined) return without(text, endOf(hiddenOpening, text, 0) === undefined ? "missing" : "hidden")
  // The client looks for three hyphens, not for a line of them.
  const close = text.indexOf(fence, start)
  if (close === -1) return without(text, "unterminated")
  const span = { start, end: close }
  const entries = entriesIn(text, span)
  const body = { start: endOf(afterClosing, text, close + fence.length) ?? close + fence.length, end: text.length }
  if (entries === "oversized")
    return { frontmatter: { state: entries, span, entries: [], problems: [], comments: [] }, body }
  const { readable, ...read } = entries
  return { frontmatter: { state: readable ? "closed" : "unreadable", span, ...read }, body }
}

export const read = (path: string, bytes: Uint8Array): AuditedFile => {
  const { malformed, text } = decoded(bytes)
  return { path, text, bytes: bytes.length, malformed, ...parts(text) }
}
