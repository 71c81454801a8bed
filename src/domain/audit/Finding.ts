/** What the audit says: one thing at one place in one file. */
import { Schema } from "effect"
import { growing } from "../growing.ts"

/** How bad it would be if it is what it looks like; the order is that of weight. */
export const Severity = Schema.Literals(["info", "low", "medium", "high", "critical"])
export type Severity = typeof Severity.Type

/** How sure the rule is that it is what it looks like; a mention in an example is `low`, never nothing. */
export const Confidence = Schema.Literals(["low", "medium", "high"])
export type Confidence = typeof Confidence.Type

export const Category = Schema.Literals([
  "loading",
  "permissions",
  "hidden-text",
  "instructions",
  "secrets",
  "policy"
]).annotate(growing)
export type Category = typeof Category.Type

/** Lines and columns count from 1, columns in UTF-16 code units, the end is exclusive: as in SARIF 2.1.0, 3.30. */
export const Region = Schema.Struct({
  startLine: Schema.Int,
  startColumn: Schema.Int,
  endLine: Schema.Int,
  endColumn: Schema.Int
})
export type Region = typeof Region.Type

/** A change of the text, in UTF-16 offsets of the whole file. */
export const Edit = Schema.Struct({ start: Schema.Int, end: Schema.Int, text: Schema.String })
export type Edit = typeof Edit.Type

/** What can be mended without a person's judgement. */
export const Fix = Schema.Struct({ description: Schema.String, edits: Schema.Array(Edit) })
export type Fix = typeof Fix.Type

/** What a rule found. Never holds a secret: a rule that finds one gives a masked `message` and a `mask` for the frame. */
export interface Hit {
  /** UTF-16 offsets of the whole file. */
  readonly start: number
  readonly end: number
  /** One sentence about this very place, for a terminal: no control characters, no secret. */
  readonly message: string
  readonly confidence: Confidence
  /** Where this place is better or worse than the rule's own severity. */
  readonly severity?: Severity
  readonly fix?: Fix
  /**
   * What makes this finding the same one after the file has moved or grown: the matched text, made plain. Two hits of
   * one rule with the same identity are told apart by their order. A secret's identity is the secret; it is hashed
   * before anybody sees it.
   */
  readonly identity: string
  /** The place holds a secret: frames show its masked form instead. */
  readonly mask?: string
}

/** What is known about a rule before any file is read; its page is `docs/audit/<id>.md`. */
export interface RuleInfo {
  /** Kebab case, for ever the same. */
  readonly id: string
  readonly category: Category
  /** A few words, as the heading of its page. */
  readonly title: string
  readonly severity: Severity
  /** One or two sentences: why it matters. */
  readonly why: string
  /** One or two sentences: what to do. */
  readonly remedy: string
}
