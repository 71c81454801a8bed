/**
 * Where secretlint has to look: around the letters with which each form of its preset begins. Most files have none, and
 * a line of a megabyte is not handed over whole.
 */
import type { AuditedFile, Span } from "../domain/audit/AuditedFile.ts"
import { wordsOf } from "../domain/audit/words.ts"

/** Every form of the preset holds one of these. A test runs a seed of each rule through both ways. */
const openings =
  /secret_?access_?key|PRIVATE KEY|npm_|xox[bpaor]-|xapp-|hooks\.slack\.com\/services|(?:https?|ftps?):\/\/[-\w]{1,256}:[-\w]{1,256}@|sk-(?:proj|svcacct|admin|ant)-|T3BlbkFJ|gsk_|hf_[a-z]|lin_api_|ntn_\d|SG\.\w|shp(?:pa|ca|at|ss)_|gh[pousr]_|github_pat_|glpat-|glc_|glsa_|ops_ey|mongodb(?:\+srv)?:\/\/|mysqlx?:\/\/|postgres(?:ql)?:\/\/|hv[sbr]\.|vc[piark]_|dapi[a-f0-9]|dckr_pat_|figd_/gi

/**
 * Three letters of each opening that hardly stand elsewhere, so that one look at each character passes over most lines:
 * no opening goes over the end of a line.
 */
const signs = (
  "s_k ssk vat pm_ xox xap s.s :// k-p k-s k-a lbk sk_ hf_ pi_ tn_ sg. shp hp_ ho_ hu_ hs_ hr_ b_p lpa lc_ lsa s_e " +
  "hvs hvb hvr cp_ ci_ ca_ cr_ ck_ dap dck igd"
).split(" ")

/** Five bits for each character that stands in a sign. */
const bits = new Uint8Array(128)
"abcdefghijklmnopqrstuvwxyz_-.:/".split("").forEach((one, at) => {
  bits[one.charCodeAt(0)] = at + 1
  bits[one.toUpperCase().charCodeAt(0)] = at + 1
})
const isSign = new Uint8Array(1 << 15)
for (const sign of signs)
  isSign[sign.split("").reduce((sum, one) => (sum << 5) | (bits[one.charCodeAt(0)] ?? 0), 0)] = 1

/** The colon of `://`, of which there are many: without a name in the address only a database's is an opening. */
const isAddress = (text: string, colon: number): boolean =>
  /(?:http|ftp)s?$/i.test(text.slice(Math.max(0, colon - 5), colon))

/** Where a character stands next, or the end of the text. */
const next = (text: string, one: string, from: number): number => {
  const at = text.indexOf(one, from)
  return at === -1 ? text.length : at
}

/** Where a form of the preset could be: it holds a run that could be a token, an address, or the head of a PEM block. */
const placesIn = (file: Pick<AuditedFile, "text">): ReadonlyArray<number> => {
  const { text } = file
  const { runs } = wordsOf(file)
  const places: Array<number> = []
  for (let at = 0; at < runs.length; at += 2) places.push(runs[at] ?? 0)
  const tokens = places.length
  for (const sign of ["://", "PRIVATE KEY"])
    for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + sign.length)) places.push(at)
  return places.length === tokens ? places : places.sort((one, other) => one - other)
}

/** The lines in which an opening may stand. */
const linesWithSigns = (file: Pick<AuditedFile, "text">): ReadonlyArray<Span> => {
  const { text } = file
  const lines: Array<Span> = []
  let [end, name] = [-1, -1]
  for (const place of placesIn(file)) {
    if (place <= end) continue
    const start = text.lastIndexOf("\n", place) + 1
    end = next(text, "\n", place)
    let last = 0
    for (let at = start; at < end; at++) {
      last = ((last << 5) | (bits[text.charCodeAt(at)] ?? 0)) & 0x7fff
      if (isSign[last] !== 1) continue
      if (text.charCodeAt(at) === 47 && isAddress(text, at - 2)) {
        if (name < at) name = next(text, "@", at)
        if (name >= end) continue
      }
      lines.push({ start, end })
      break
    }
  }
  return lines
}

const openingsIn = function* (
  file: Pick<AuditedFile, "text">
): Generator<{ readonly index: number; readonly opening: string }> {
  for (const { end, start } of linesWithSigns(file))
    for (const match of file.text.slice(start, end).matchAll(openings))
      yield { index: start + match.index, opening: match[0] }
}

/** Characters kept before and after an opening: more than the longest form of the preset but for a PEM block. */
const before = 320
const after = 2200
const pemLength = 12_000

/**
 * Pieces that touch are one piece up to here: secretlint compares all that it finds in a piece with each other. What is
 * cut stands whole in the next one.
 */
const longest = 16_384

/** Of one file so much is handed over; our own forms read all of it. */
const most = 262_144

export const windowsOf = (file: Pick<AuditedFile, "text">): ReadonlyArray<Span> => {
  const { text } = file
  const windows: Array<Span> = []
  let total = 0
  for (const { index, opening } of openingsIn(file)) {
    if (total >= most) break
    const reach = opening.endsWith("KEY") && opening.startsWith("PRIVATE") ? pemLength : after
    const start = Math.max(0, index - before)
    const end = Math.min(text.length, index + opening.length + reach)
    const last = windows.at(-1)
    if (last !== undefined && start <= last.end && end - last.start <= longest) {
      const grown = Math.max(last.end, end)
      total += grown - last.end
      windows[windows.length - 1] = { start: last.start, end: grown }
    } else {
      total += end - start
      windows.push({ start, end })
    }
  }
  return windows
}
