/** What happened to the agents between two looks at them, told from hashes alone. */
import { type ChangeFacts, type Content } from "./agentEvents.ts"
import type { SyncItem, SyncReport } from "./SyncReport.ts"

/** File and hash, as the last session left them. */
export type LastSeen = ReadonlyMap<string, string>

export interface Before {
  /** Undefined where no session has looked yet. */
  readonly last: LastSeen | undefined
  /** What the sync found and did. */
  readonly report: SyncReport | undefined
  /** What is there now. */
  readonly now: ReadonlyMap<string, Content>
  /** A former content by its hash; of unknown size where it is not kept. */
  readonly contentOf: (sha256: string) => Content
}

export const fileOf = (agent: string): string => `.claude/agents/${agent}.md`

const acted = (report: SyncReport | undefined): ReadonlyMap<string, SyncItem> =>
  new Map(
    (report?.mode === "apply" ? report.items : [])
      .filter(({ action }) => action === "write" || action === "remove")
      .map((item) => [fileOf(item.name), item])
  )

/** First what others did since the last look, then what the sync did about it. */
export const reconcile = ({ contentOf, last, now, report }: Before): ReadonlyArray<ChangeFacts> => {
  const ours = acted(report)
  const changes: Array<ChangeFacts> = []
  const content = (sha256: string | undefined) => (sha256 === undefined ? undefined : contentOf(sha256))
  for (const file of [...new Set([...(last?.keys() ?? []), ...now.keys(), ...ours.keys()])].sort()) {
    const item = ours.get(file)
    const found = item === undefined ? now.get(file)?.sha256 : item.before
    const left = last?.get(file)
    // The first look has nothing to compare with; but what is new since a look was put there by somebody.
    if (last !== undefined && left !== found) {
      const by = { kind: "outside", before_session: true } as const
      changes.push({ file, before: content(left), after: content(found), by })
    }
    if (item === undefined) continue
    const by = { kind: "crewkit" } as const
    const after = item.action === "remove" ? undefined : content(item.after)
    changes.push({ file, before: content(item.before), after, by, backup: item.backup })
  }
  return changes
}
