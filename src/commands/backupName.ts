import { Effect, Schema } from "effect"
import { type AgentName, isAgentName } from "../domain/AgentName.ts"
import { BackupUnknown } from "../domain/errors.ts"
import { didYouMean, nearest } from "../domain/nearest.ts"
import { type Backup, Backups } from "../services/Backups.ts"

export const BackupShown = Schema.Struct({
  name: Schema.String,
  time: Schema.String,
  path: Schema.String,
  size: Schema.Finite
})

/** There is no such backup; with the agent that was meant, where this one has none at all. */
export const backupUnknown = Effect.fnUntraced(function* (name: string, time?: string) {
  const names = new Set((yield* (yield* Backups).list(undefined)).map((backup): string => backup.name))
  const guess = names.has(name) ? undefined : nearest(name, names)
  return new BackupUnknown({
    name,
    ...(time === undefined ? {} : { time }),
    ...(guess === undefined ? {} : { nearest: guess })
  })
})

/** What is said where a list is empty: with the agent that was meant, where it is about one. */
export const noBackups = Effect.fnUntraced(function* (name: AgentName | undefined) {
  if (name === undefined) return "no backups"
  return `no backups of ${name}${didYouMean((yield* backupUnknown(name)).nearest)}`
})

/** An argument as an agent's name; what cannot be one has no backup either. */
export const agentNamed = (name: string) =>
  isAgentName(name) ? Effect.succeed(name) : Effect.flatMap(backupUnknown(name), Effect.fail)

/** The newest backup, or the one whose time begins so. */
export const backupFound = Effect.fnUntraced(function* (name: AgentName, time: string | undefined) {
  return yield* Effect.catchTag((yield* Backups).find(name, time), "BackupUnknown", () =>
    Effect.flatMap(backupUnknown(name, time), Effect.fail)
  )
})

export const shown = ({ name, path, size, time }: Backup) => ({ name, time, path, size })
