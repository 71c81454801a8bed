import type { Finding } from "./AuditReport.ts"
import type { Edit } from "./Finding.ts"

const overlaps = (one: Edit, other: Edit): boolean =>
  one.start < other.end && other.start < one.end ? true : one.start === other.start && one.end === other.end

/** A fix is applied whole or not at all; of two that touch the same place the first counts. */
export const applyFixes = (
  text: string,
  findings: ReadonlyArray<Pick<Finding, "fix">>
): { readonly text: string; readonly applied: number } => {
  const edits: Array<Edit> = []
  let applied = 0
  for (const { fix } of findings) {
    if (fix === undefined || fix.edits.some((edit) => edits.some((other) => overlaps(edit, other)))) continue
    edits.push(...fix.edits)
    applied++
  }
  const mended = edits
    .toSorted((one, other) => other.start - one.start)
    .reduce((all, { end, start, text: by }) => all.slice(0, start) + by + all.slice(end), text)
  return { text: mended, applied }
}
