import { Effect, type Option, Schema } from "effect"
import { fileOf } from "../domain/reconcile.ts"
import { diffSpan } from "../domain/syncText.ts"
import { good } from "../domain/text.ts"
import { unifiedDiff } from "../domain/unifiedDiff.ts"
import { AgentFiles } from "../services/AgentFiles.ts"
import { Output } from "../services/Output.ts"
import { backupPicked } from "./backupPicked.ts"
import { sourceOf, SourceShown } from "./backupSource.ts"

const BackupDiff = Schema.Struct({
  backup: SourceShown,
  /** Below the project. */
  file: Schema.String,
  /** Whether there is such a file now. */
  exists: Schema.Boolean,
  /** Byte for byte. */
  same: Schema.Boolean,
  /** Unified, from the backup to the file. */
  diff: Schema.String
})

export const data = BackupDiff

export const run = Effect.fn("backups diff")(function* (input: {
  readonly name: Option.Option<string>
  readonly time: Option.Option<string>
}) {
  const output = yield* Output
  const files = yield* AgentFiles
  const { name, time } = yield* backupPicked(input)
  const source = yield* sourceOf(name, time)
  const { files: present } = yield* files.scan(new Map(), 0)
  const current = present.has(name) ? yield* files.read(name) : undefined
  const file = fileOf(name)
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
  const diff = unifiedDiff(text(source.content), current === undefined ? undefined : text(current), {
    from: source.label,
    to: file
  })
  const same =
    current !== undefined &&
    current.length === source.content.length &&
    source.content.every((byte, index) => byte === current[index])
  const value = { backup: source.shown, file, exists: current !== undefined, same, diff }
  const rows = diff.replace(/\n$/, "").split("\n")
  yield* output.result(
    BackupDiff,
    value,
    same
      ? [[good("✓ "), `no difference: ${file} ${source.words}`]]
      : diff === ""
        ? [[`${file} differs in bytes that are no text`]]
        : rows.map((row) => [diffSpan(row)])
  )
})
