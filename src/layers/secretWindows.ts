/**
 * Where secretlint has to look: around the letters with which each form of its preset begins. Most files have none, and
 * a line of a megabyte is not handed over whole.
 */
import type { Span } from "../domain/audit/AuditedFile.ts"

/** Every form of the preset holds one of these. A test runs a seed of each rule through both ways. */
const openings =
  /secret_?access_?key|PRIVATE KEY|npm_|xox[bpaor]-|xapp-|hooks\.slack\.com\/services|(?:https?|ftps?):\/\/[-\w]{1,256}:[-\w]{1,256}@|sk-(?:proj|svcacct|admin|ant)-|T3BlbkFJ|gsk_|hf_[a-z]|lin_api_|ntn_\d|SG\.\w|shp(?:pa|ca|at|ss)_|gh[pousr]_|github_pat_|glpat-|glc_|glsa_|ops_ey|mongodb(?:\+srv)?:\/\/|mysqlx?:\/\/|postgres(?:ql)?:\/\/|hv[sbr]\.|vc[piark]_|dapi[a-f0-9]|dckr_pat_|figd_/gi

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

export const windowsOf = (text: string): ReadonlyArray<Span> => {
  const windows: Array<Span> = []
  let total = 0
  openings.lastIndex = 0
  for (let match = openings.exec(text); match !== null && total < most; match = openings.exec(text)) {
    const reach = match[0].endsWith("KEY") && match[0].startsWith("PRIVATE") ? pemLength : after
    const start = Math.max(0, match.index - before)
    const end = Math.min(text.length, match.index + match[0].length + reach)
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
