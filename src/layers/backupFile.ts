/** Where a backup lies. */
import { DateTime } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import type { AgentName } from "../domain/AgentName.ts"

/** `2025-10-11T14-30-22-123Z` */
export const stampAt = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis)).replace(/[:.]/g, "-")

/** Below the project. */
export const backupPath = (name: AgentName, time: string): string => `.claude/.backups/${name}/${time}.md`

/** The time of a new backup in a folder: of two within one millisecond the later takes the next free name. Nobody else writes there meanwhile. */
export const freeTime = (folder: string, now: number): string => {
  let millis = now
  while (fs.existsSync(join(folder, `${stampAt(millis)}.md`))) millis++
  return stampAt(millis)
}
