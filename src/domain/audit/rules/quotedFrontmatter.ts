/**
 * Frontmatter that neither YAML nor the client's own repair can read, mostly for a description that goes on over
 * several lines without quotes. Each such value becomes one quoted string, as `crewkit sync` writes it.
 */
import type { AuditedFile } from "../AuditedFile.ts"
import type { Edit, Fix } from "../Finding.ts"
import { quotedScalar } from "./frontmatterText.ts"
import { listed } from "./shown.ts"

interface Field {
  readonly key: string
  /** Of the value, from after the colon to before the next key. */
  readonly start: number
  end: number
}

const keyLine = /^([A-Za-z_][\w-]*)[ \t]*:(?=[ \t]|\r?$)/

const fieldsOf = (file: AuditedFile): ReadonlyArray<Field> => {
  const fields: Array<Field> = []
  const { end, start } = file.frontmatter.span
  for (let line = start; line < end;) {
    const newline = file.text.indexOf("\n", line)
    const next = newline === -1 || newline >= end ? end : newline + 1
    const match = keyLine.exec(file.text.slice(line, next).trimEnd())
    const last = fields.at(-1)
    if (match !== null) fields.push({ key: match[1] ?? "", start: line + match[0].length, end: next })
    else if (last !== undefined) last.end = next
    line = next
  }
  return fields
}

/** A value that begins like a structure of YAML is left to a person. */
const structured = /^(?:["'[{|>&*!%@`]|-\s|$)/

const fragile = (value: string): boolean =>
  !structured.test(value) && (value.includes("\n") || value.includes(": ") || value.includes(" #"))

export const quotedFrontmatter = (file: AuditedFile): Fix | undefined => {
  const edits: Array<Edit> = []
  const keys: Array<string> = []
  for (const field of fieldsOf(file)) {
    const raw = file.text.slice(field.start, field.end)
    const value = raw.trim()
    if (!fragile(value)) continue
    const start = field.start + raw.indexOf(value)
    const lines = value.split("\n").map((line) => line.trim())
    edits.push({ start, end: start + value.length, text: quotedScalar(lines.join("\n")) })
    keys.push(field.key)
  }
  return edits.length === 0 ? undefined : { description: `Put the value of ${listed(keys)} in double quotes`, edits }
}
