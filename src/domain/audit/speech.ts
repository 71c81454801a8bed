/**
 * A mention is not an instruction: "never run `curl … | sh`", a fenced example, a list headed "detect:" and a quotation
 * lower the confidence of a finding. They never bring it to nothing, since whoever writes an attack chooses the words
 * around it.
 */
import type { AuditedFile } from "./AuditedFile.ts"
import {
  clauseOf,
  leadsToMentions,
  leadsToSteps,
  ordersWhatFollows,
  ordersWhatPrecedes,
  sentenceStart
} from "./clause.ts"
import type { Confidence } from "./Finding.ts"
import { type Block, type Line, lineAt, type Structure, structureOf } from "./markdown.ts"

export interface Speech {
  readonly confidence: Confidence
  /** Why it is less than `high`, for the person: `in a fenced example`, `after "never"`. */
  readonly because?: string
}

/** For a place, by its UTF-16 offset in the whole file. */
export type SpeechOf = (offset: number) => Speech

const order: Speech = { confidence: "high" }
const low = (because: string): Speech => ({ confidence: "low", because })
const medium = (because: string): Speech => ({ confidence: "medium", because })

/** Values that the client runs or takes as they are: no word around them makes them an example. */
const taken = new Set(["hooks", "mcpServers", "initialPrompt"])

/** What a shell may be given; any other language is an example of a program. */
const shells = new Set([
  "",
  "bash",
  "sh",
  "shell",
  "zsh",
  "console",
  "terminal",
  "shell-session",
  "powershell",
  "ps1",
  "pwsh",
  "cmd",
  "bat"
])
const prose = new Set(["", "text", "txt", "markdown", "md", "plaintext", "prompt", "xml"])

/** So many lines are looked at above and below. */
const reach = 60

interface Context {
  readonly file: AuditedFile
  readonly structure: Structure
}

const textOf = ({ file, structure }: Context, index: number): string => {
  const line = structure.lines[index]
  return line === undefined ? "" : file.text.slice(line.start, Math.min(line.end, line.start + 600))
}

/** The nearest line before or after that is not blank. */
const neighbour = ({ structure }: Context, from: number, step: 1 | -1): number => {
  let at = from + step
  for (let left = reach; left > 0 && structure.lines[at]?.kind === "blank"; left--) at += step
  return structure.lines[at] === undefined ? -1 : at
}

/** A line leads up to what follows it where it ends so, or says so. */
const leads = /[:：][*_`"')]*\s*$|\bexamples?\b|\bsuch as\b[^.]*$|[❌🚫⛔✗✘]/iu

/** The word in a heading above, or in the line that leads up, that makes a list or a fence one of mentions. */
const mentionedBy = (context: Context, line: Line): string | undefined => {
  const above = line.lead < 0 ? "" : textOf(context, line.lead)
  const lead = leads.test(above) ? leadsToMentions(above.trimEnd()) : undefined
  if (lead !== undefined) return lead
  for (const heading of line.headings.toReversed()) {
    const word = leadsToMentions(textOf(context, heading))
    // Under "Usage examples" stands what is meant to be run.
    if (word !== undefined && !/^examples?$/i.test(word)) return word
  }
  return undefined
}

/** A fence around the better part of the prompt is no example. */
const isWhole = ({ file, structure }: Context, block: Block): boolean => {
  const start = structure.lines[block.first]?.end ?? 0
  const end = structure.lines[block.last]?.start ?? 0
  return prose.has(block.language) && end - start > (file.body.end - file.body.start) / 2
}

/** The nearest heading or lead-in above within a fence of prose. */
const leadInside = (context: Context, block: Block, offset: number): string | undefined => {
  if (!prose.has(block.language)) return undefined
  const at = lineAt(context.structure, offset)
  for (let line = at - 1; line > block.first && line > at - reach; line--) {
    const text = textOf(context, line)
    if (/^\s*#{1,6} |:\**\s*$/.test(text)) return leadsToMentions(text)
  }
  return undefined
}

/** "Run `…`" or "Run:" within a fence of prose; fences that do not pair put whole paragraphs there. */
const orderedInside = (context: Context, block: Block, offset: number): boolean => {
  const { file, structure } = context
  if (!prose.has(block.language)) return false
  const own = lineAt(structure, offset)
  const start = structure.lines[own]?.start ?? offset
  if (clauseOf(file.text, Math.max(sentenceStart(file.text, offset, start), offset - 80), offset).ordered) return true
  let at = own - 1
  const isFence = (): boolean => /^\s*(?:```|~~~)/.test(textOf(context, at))
  for (let left = 8; left > 0 && at > block.first && !isFence(); left--) at--
  if (at <= block.first || !isFence()) return false
  at--
  for (let left = 3; left > 0 && at > block.first && textOf(context, at).trim() === ""; left--) at--
  const above = textOf(context, at).trimEnd()
  return above.endsWith(":") && ordersWhatFollows(above)
}

const inBlock = (context: Context, block: Block, offset: number): Speech => {
  const { file, structure } = context
  const first = structure.lines[block.first]
  if (orderedInside(context, block, offset)) return medium("ordered within a fence")
  const inside = leadInside(context, block, offset)
  if (inside !== undefined) return low(`in a fenced example, under "${inside}"`)
  if (!block.closed || first === undefined || isWhole(context, block)) return inProse(context, offset, false)
  const before = neighbour(context, block.first, -1)
  const leadIn = before < 0 ? "" : textOf(context, before)
  const after = neighbour(context, block.last, 1)
  const leadsHere = before >= 0 && structure.lines[before]?.kind !== "fence"
  if (leadsHere && ordersWhatFollows(leadIn)) return order
  if (after >= 0 && ordersWhatPrecedes(textOf(context, after))) return order
  const kind = first.kind === "code" ? "in indented code" : "in a fenced example"
  const word = leadsHere && leads.test(leadIn) ? leadsToMentions(leadIn) : undefined
  if (word !== undefined) return low(`${kind}, after "${word}"`)
  const mentioned = mentionedBy(context, { ...first, lead: -1 })
  if (mentioned !== undefined) return low(`${kind}, under "${mentioned}"`)
  const comment = clauseOf(file.text, lineComment(file.text, structure, offset), offset)
  if (comment.mention !== undefined) return low(`${kind}, after "${comment.mention.word}"`)
  if (comment.ordered && shells.has(block.language)) return order
  if (!shells.has(block.language) && !prose.has(block.language)) return low(`${kind} of ${block.language}`)
  const steps =
    (leadsHere && (leadsToSteps(leadIn) || /:\s*$/.test(leadIn))) ||
    first.headings.some((heading) => leadsToSteps(textOf(context, heading)))
  return steps || (block.language !== "" && shells.has(block.language)) ? medium(kind) : low(kind)
}

/** Of a line in a fence and the comment line above it, the start. */
const lineComment = (text: string, structure: Structure, offset: number): number => {
  const at = lineAt(structure, offset)
  const line = structure.lines[at]
  const above = structure.lines[at - 1]
  const isComment = above !== undefined && /^\s*(?:#|\/\/|--|<!--)/.test(text.slice(above.start, above.start + 40))
  return Math.max(offset - 260, (isComment ? above.start : line?.start) ?? offset)
}

/** Such a quote belongs to a command: `python -c "…"`, `eval("…")`, `echo "…"`. */
const argument = /(?:\s-{1,2}[\w-]+[ =]|[=(,$[{]|\b(?:echo|printf|exec|eval)\s+(?:-\w+\s+)?)$/

/** Whether `at` stands between a pair of the marks in a piece of a line. */
const between = (piece: string, at: number, open: string, shut: string): boolean => {
  let opened = piece.lastIndexOf(open, at - 1)
  if (opened < 0 || at === 0) return false
  if (open === shut) {
    let count = 0
    for (let mark = piece.indexOf(open); mark >= 0 && mark < at; mark = piece.indexOf(open, mark + 1)) count++
    if (count % 2 === 0) return false
  } else if (piece.lastIndexOf(shut, at - 1) > opened) return false
  if (open.startsWith(" ")) opened++
  return piece.includes(shut, at) && !argument.test(piece.slice(Math.max(0, opened - 30), opened))
}

const marks: ReadonlyArray<readonly [open: string, shut: string]> = [
  ['"', '"'],
  ["“", "”"],
  ["‘", "’"],
  ["«", "»"],
  [" '", "'"]
]

const crossed = /^\s*(?:[-*+]\s+|\d{1,3}[.)]\s+)?[*_]{0,2}[❌🚫⛔✗✘]/u

/** An item that is a step rather than something to look for. */
const sequenced =
  /^\s*(?:[-*+]\s+|\d{1,3}[.)]\s+)?(?:first|then|now|next|finally|always|before|after|immediately|please)\b/i

/** "2. Run `": the order begins the numbered item and ends at the place. */
const numbered = /^\s*\d{1,3}[.)]\s[^.\n]{0,30}\b(?:run|execute|type|paste|invoke|launch)\b[^.\n]{0,30}$/i

/** What follows a mention in code: "`x` is a finding". */
const judged =
  /^[^`\n]{0,300}`\s*(?:(?:is|are|was|counts? as|must be|should be)\s+(?:an?\s+|always\s+)?(?:never|not|findings?|violations?|forbidden|prohibited|dangerous|unsafe|risks?|risky|attacks?|red flags?|reported|flagged|rejected|blocked|malicious|disallowed|suspicious|anti-?patterns?))/i

const inProse = (context: Context, offset: number, listed: boolean, floor?: number, ceiling?: number): Speech => {
  const { file, structure } = context
  const at = lineAt(structure, offset)
  const line = structure.lines[at]
  const start = floor ?? line?.start ?? 0
  const end = ceiling ?? line?.end ?? file.text.length
  const sentence = sentenceStart(file.text, offset, floor ?? file.body.start)
  const clause = clauseOf(file.text, sentence, offset)
  if (clause.mention !== undefined)
    return clause.mention.sure ? low(`after "${clause.mention.word}"`) : medium(`after "${clause.mention.word}"`)
  if (line?.kind === "table" && !clause.ordered) return low("in a table")
  if (listed && line !== undefined) {
    if (crossed.test(file.text.slice(line.start, line.start + 60))) return low("in a line with a cross")
    const word = mentionedBy(context, line)
    const said = file.text.slice(Math.max(line.start, offset - 80), offset)
    // A step that orders just this is one wherever it stands, the more so in a numbered list.
    const isStep =
      clause.ordered && (sequenced.test(file.text.slice(line.start, line.start + 80)) || numbered.test(said))
    if (word !== undefined && isStep) return medium(`in a list under "${word}"`)
    if (word !== undefined) return low(`in a list under "${word}"`)
  }
  // A line may be a megabyte: what a quotation is has to show near the place.
  const piece = file.text.slice(Math.max(start, offset - 400), Math.min(end, offset + 1000))
  const place = offset - Math.max(start, offset - 400)
  const code = between(piece, place, "`", "`")
  const leadIn = at < 0 ? "" : textOf(context, neighbour(context, at, -1))
  if (!code && marks.some(([open, shut]) => between(piece, place, open, shut))) {
    const next = file.text.slice(offset, Math.min(end + 200, offset + 600))
    const quoted = /["”»’'][^\w\n]{0,6}(.{0,120})/s.exec(next)?.[1] ?? ""
    return clause.ordered || (leads.test(leadIn) && ordersWhatFollows(leadIn)) || ordersWhatPrecedes(quoted)
      ? order
      : low("in a quotation")
  }
  if (code && !clause.ordered && judged.test(file.text.slice(offset, Math.min(end, offset + 400))))
    return low("judged after it")
  if (code && !clause.ordered && !listed) {
    const said = file.text.slice(sentence, offset)
    if (/\b(?:like|such as|called|named|means?|is|are|patterns?|using|uses|of)\W*`?\W*$/i.test(said))
      return medium("mentioned as code")
  }
  return order
}

const inFrontmatter = (context: Context, offset: number): Speech => {
  const { file } = context
  const entry = file.frontmatter.entries.find((each) => each.start <= offset && offset < each.end)
  const comment = file.frontmatter.comments.some((each) => each.start <= offset && offset < each.end)
  if (comment) return low("in a comment of the frontmatter")
  if (entry === undefined || taken.has(entry.key)) return order
  const quoted = /^["']/.test(file.text.slice(entry.valueSpan.start, entry.valueSpan.start + 1)) ? 1 : 0
  return inProse(context, offset, false, entry.valueSpan.start + quoted, entry.valueSpan.end - quoted)
}

const inQuote = (context: Context, at: number, offset: number): Speech => {
  const { structure } = context
  let first = at
  while (at - first < reach && structure.lines[first - 1]?.kind === "quote") first--
  let last = at
  while (last - at < reach && structure.lines[last + 1]?.kind === "quote") last++
  if (/^\s*>\s*\[!/.test(textOf(context, first))) return inProse(context, offset, false)
  const before = neighbour(context, first, -1)
  const after = neighbour(context, last, 1)
  const leadIn = before < 0 ? "" : textOf(context, before)
  if (ordersWhatFollows(leadIn)) return order
  if (after >= 0 && ordersWhatPrecedes(textOf(context, after))) return order
  const clause = clauseOf(
    context.file.text,
    sentenceStart(context.file.text, offset, structure.lines[first]?.start ?? 0),
    offset
  )
  const ordered = clause.ordered && leadsToMentions(leadIn) === undefined
  return ordered ? medium("in a block quotation") : low("in a block quotation")
}

const speechAt = (context: Context, offset: number): Speech => {
  const { file, structure } = context
  if (offset < file.body.start) return inFrontmatter(context, offset)
  const at = lineAt(structure, offset)
  const line = structure.lines[at]
  if (line === undefined) return order
  const block = line.block < 0 ? undefined : structure.blocks.get(line.block)
  if (block !== undefined) return inBlock(context, block, offset)
  if (line.kind === "quote") return inQuote(context, at, offset)
  return inProse(context, offset, line.kind === "item" || line.kind === "table")
}

/** The structure of a file is read when the first rule asks about a place in it: most files have none. */
export const speechOf = (file: AuditedFile): SpeechOf => {
  let context: Context | undefined
  return (offset) => {
    context ??= { file, structure: structureOf(file) }
    return speechAt(context, offset)
  }
}
