/** What `backups restore` puts back, and `backups diff` compares: a backup, or a version that the session log kept. */
import { Effect, Schema } from "effect"
import type { AgentName } from "../domain/AgentName.ts"
import { ContentStore } from "../services/ContentStore.ts"
import { backupFound, BackupShown, backupUnknown, shown } from "./backupName.ts"

/** A content that the session log kept. */
const VersionShown = Schema.Struct({ name: Schema.String, sha256: Schema.String, size: Schema.Finite })

export const SourceShown = Schema.Union([BackupShown, VersionShown])

interface Source {
  readonly content: Uint8Array
  readonly shown: typeof SourceShown.Type
  /** Path below the project, or what stands for it. */
  readonly label: string
  readonly words: string
}

/** A beginning of a SHA-256, as the session log shows it; a time has hyphens in it. */
const isHash = (text: string): boolean => /^[0-9a-f]{8,64}$/.test(text)

const versionOf = Effect.fnUntraced(function* (name: AgentName, prefix: string) {
  const store = yield* ContentStore
  const [hash, ...others] = yield* store.find(prefix)
  const content = hash === undefined ? undefined : (yield* store.get(new Set([hash]))).get(hash)
  if (hash === undefined || content === undefined || others.length > 0) {
    return yield* yield* backupUnknown(name, prefix)
  }
  const source: Source = {
    content,
    shown: { name, sha256: hash, size: content.length },
    label: `version ${hash.slice(0, 12)}`,
    words: `is version ${hash.slice(0, 12)}`
  }
  return source
})

const backupOf = Effect.fnUntraced(function* (name: AgentName, time: string | undefined) {
  const { backup, content } = yield* backupFound(name, time)
  const source: Source = { content, shown: shown(backup), label: backup.path, words: `is as it was at ${backup.time}` }
  return source
})

/** The newest backup where neither a time nor a hash is given. */
export const sourceOf = (name: AgentName, which: string | undefined) =>
  which !== undefined && isHash(which) ? versionOf(name, which) : backupOf(name, which)
