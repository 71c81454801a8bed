/**
 * The text as a shell or a browser reads it: `c''url`, `cu\rl`, `$IFS`, `&#124;` and full-width signs made plain, with
 * the way back to the places in the file. Most files have nothing of the kind.
 */
import type { AuditedFile, Span } from "./AuditedFile.ts"
import { hasKind, Kind } from "./words.ts"

export interface Unmasked {
  readonly file: AuditedFile
  /** The place in the real file of a place in the plain text. */
  readonly original: (offset: number) => number
}

const named: Record<string, string> = {
  vert: "|",
  verbar: "|",
  sol: "/",
  colon: ":",
  period: ".",
  lpar: "(",
  rpar: ")",
  quot: '"',
  apos: "'",
  lt: "<",
  gt: ">",
  dollar: "$",
  num: "#",
  hyphen: "-",
  dash: "-",
  nbsp: " ",
  amp: "&",
  grave: "`",
  bsol: "\\",
  equals: "=",
  commat: "@",
  lowbar: "_",
  semi: ";"
}

const spelled = [
  "curl",
  "wget",
  "bash",
  "sh",
  "zsh",
  "eval",
  "base64",
  "python",
  "python3",
  "nc",
  "powershell",
  "rm",
  "cat",
  "source"
]
const junk = "(?:\\\\|''|\"\"|['\"]|\\$@)?"
const odd = new RegExp(
  `(?<![\\w\\\\'"])${junk}(?:${spelled.map((word) => word.split("").join(junk)).join("|")})${junk}(?!\\w)`,
  "gi"
)

const mask = /&#(\d{1,6});|&#x([0-9a-f]{1,5});|&([a-z]{2,7});|\$\{IFS\}|\$IFS\b|[\uff01-\uff5e]/gi
const sign = /&#\d|&#x[0-9a-f]|&[a-z]{2,7};|\$\{?IFS|[\uff01-\uff5e]/i
const joint = /[a-z](?:(?:\\|''|""|\$@)[a-z]|"[a-z]{1,6}"|'[a-z]{1,6}')/i
const joints = new RegExp(joint, "gi")

const plainOf = (match: RegExpExecArray): string => {
  const [whole, decimal, hexadecimal, name] = match
  const code =
    decimal === undefined ? (hexadecimal === undefined ? -1 : Number.parseInt(hexadecimal, 16)) : Number(decimal)
  if (code >= 0) return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  if (name !== undefined) return named[name.toLowerCase()] ?? whole
  return whole.startsWith("$") ? " " : String.fromCharCode(whole.charCodeAt(0) - 0xfee0)
}

interface Piece {
  readonly start: number
  readonly end: number
  readonly plain: string
}

const piecesOf = (text: string, head: Span): ReadonlyArray<Piece> => {
  const pieces: Array<Piece> = []
  for (const match of text.matchAll(mask)) {
    const plain = plainOf(match)
    if (plain !== match[0]) pieces.push({ start: match.index, end: match.index + match[0].length, plain })
  }
  // A value between double quotes writes a quote as `\"`.
  for (let at = text.indexOf("\\", head.start); at >= 0 && at < head.end - 1; at = text.indexOf("\\", at + 2)) {
    const plain = text.charAt(at + 1)
    if (plain === '"' || plain === "\\") pieces.push({ start: at, end: at + 2, plain })
  }
  let end = -1
  for (const { index } of text.matchAll(joints)) {
    if (index < end) continue
    const start = text.lastIndexOf("\n", index) + 1
    const newline = text.indexOf("\n", index)
    end = newline === -1 ? text.length : newline
    for (const match of text.slice(start, end).matchAll(odd)) {
      const plain = match[0].replace(/[\\'"]|\$@/g, "")
      const inner = match[0].slice(1, -1)
      const from = start + match.index
      if (/[\\'"@]/.test(inner)) pieces.push({ start: from, end: from + match[0].length, plain })
    }
  }
  return pieces.toSorted((one, other) => one.start - other.start)
}

/** Undefined where the text is plain already. */
const unmask = (file: AuditedFile): Unmasked | undefined => {
  const { span } = file.frontmatter
  const maySign = hasKind(file, Kind.ampersand | Kind.fullWidth) || file.text.includes("IFS")
  const isMasked =
    (maySign && sign.test(file.text)) || joint.test(file.text) || file.text.slice(span.start, span.end).includes("\\")
  if (!isMasked) return undefined
  const pieces = piecesOf(file.text, file.frontmatter.span)
  if (pieces.length === 0) return undefined
  const starts: Array<number> = []
  const backs: Array<number> = []
  let text = ""
  let from = 0
  for (const piece of pieces) {
    if (piece.start < from) continue
    text += file.text.slice(from, piece.start)
    starts.push(text.length)
    backs.push(piece.start)
    text += piece.plain
    starts.push(text.length)
    backs.push(piece.end)
    from = piece.end
  }
  // Where the body says nothing of the kind, the rules have read it already.
  const inHead = pieces.every((piece) => piece.end <= span.end)
  text += file.text.slice(from, inHead ? span.end : undefined)
  const original = (offset: number): number => {
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    return low === 0 ? offset : (backs[low - 1] ?? 0) + offset - (starts[low - 1] ?? 0)
  }
  // Rules look at the text and at where the body starts; places in the frontmatter are judged in the real file.
  const plain: AuditedFile = {
    ...file,
    text,
    body: { start: 0, end: text.length },
    frontmatter: { ...file.frontmatter, entries: [], span: { start: 0, end: 0 } }
  }
  return { file: plain, original }
}

const kept = new WeakMap<AuditedFile, Unmasked | "plain">()

/** Worked out once a file. */
export const unmaskedOf = (file: AuditedFile): Unmasked | undefined => {
  const known = kept.get(file)
  if (known !== undefined) return known === "plain" ? undefined : known
  const once = unmask(file)
  // An escaped quote may hide another disguise.
  const twice = once === undefined ? undefined : unmask(once.file)
  const made =
    once === undefined || twice === undefined
      ? once
      : { file: twice.file, original: (offset: number) => once.original(twice.original(offset)) }
  kept.set(file, made ?? "plain")
  return made
}
