import { Effect } from "effect"
import { isAgentName } from "../domain/AgentName.ts"
import { BackupUnknown } from "../domain/errors.ts"
import type { Backup } from "../services/Backups.ts"
import { Schema } from "effect"

export const BackupShown = Schema.Struct({
  name: Schema.String,
  time: Schema.String,
  path: Schema.String,
  size: Schema.Finite
})

/** An argument as an agent's name; what cannot be one has no backup either. */
export const agentNamed = (name: string) =>
  isAgentName(name) ? Effect.succeed(name) : Effect.fail(new BackupUnknown({ name }))

export const shown = ({ name, path, size, time }: Backup) => ({ name, time, path, size })
