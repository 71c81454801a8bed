/**
 * An agent file as rules read it: its text with offsets, and the frontmatter as the client reads it. Offsets are UTF-16
 * code units of the whole text, ends are exclusive.
 */
import type { Value } from "../Agent.ts"

export interface Span {
  readonly start: number
  readonly end: number
}

/** One key of the frontmatter; a key that stands twice is two entries, and the last one counts. */
export interface Entry extends Span {
  /**
   * The key as written, odd characters included. What `<<` merges in stands under its own name, at the place of the
   * `<<`, before all others, where no key of that name stands.
   */
  readonly key: string
  readonly keySpan: Span
  /** As the client reads it, after its lenient repair of one-line values. */
  readonly value: Value
  /** As written, quotes included; empty at the end of the key where there is no value. */
  readonly valueSpan: Span
  /** Not strict YAML: the client quotes such a one-line value itself. */
  readonly repaired: boolean
}

export type FrontmatterState =
  /** Between two fences, at the very first byte. */
  | "closed"
  | "missing"
  | "unterminated"
  /** Blank lines, spaces or two byte order marks stand before the first fence, so that the client sees none. */
  | "hidden"
  /** Closed, but the client cannot make keys and values of it, not even leniently. */
  | "unreadable"
  /** Larger or deeper than is read here; whether the client makes something of it is not known. */
  | "oversized"

export interface Frontmatter {
  readonly state: FrontmatterState
  /** Between the fences; empty where there is none. */
  readonly span: Span
  readonly entries: ReadonlyArray<Entry>
  /** What a strict YAML parser says, with its place. */
  readonly problems: ReadonlyArray<Span & { readonly message: string }>
  /** `# …` in the frontmatter. */
  readonly comments: ReadonlyArray<Span>
}

export interface AuditedFile {
  /** As it is shown and reported: relative, with `/`; `stdin` for standard input. */
  readonly path: string
  readonly text: string
  /** Bytes on disk: the client's size limit counts these. */
  readonly bytes: number
  /** The bytes are not UTF-8; the text holds U+FFFD in their place. */
  readonly malformed: boolean
  readonly frontmatter: Frontmatter
  readonly body: Span
}

/** The entry that counts for the client, by its exact key. */
export const entryOf = (file: AuditedFile, key: string): Entry | undefined =>
  file.frontmatter.entries.findLast((entry) => entry.key === key)
