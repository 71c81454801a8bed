/** Which backups a person may be rid of. */
import { backupMillis } from "./when.ts"

export interface PruneRule {
  /** How many of each agent's newest stay. */
  readonly keep: number | undefined
  /** What was made at this time or later stays. Milliseconds. */
  readonly before: number | undefined
  /** Whether the newest backup of an agent may go, too. */
  readonly newestToo: boolean
}

/** The backups that go, oldest first; of a list that is newest first. What any part of the rule keeps stays. */
export const prunable = <A extends { readonly name: string; readonly time: string }>(
  backups: ReadonlyArray<A>,
  { before, keep, newestToo }: PruneRule
): ReadonlyArray<A> => {
  const seen = new Map<string, number>()
  return backups
    .filter(({ name, time }) => {
      const newer = seen.get(name) ?? 0
      seen.set(name, newer + 1)
      if (newer === 0 && !newestToo) return false
      return (keep === undefined || newer >= keep) && (before === undefined || backupMillis(time) < before)
    })
    .toReversed()
}
