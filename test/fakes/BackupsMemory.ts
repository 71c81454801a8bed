import { Context, Effect, Layer, Ref } from "effect"
import { AgentName } from "../../src/domain/AgentName.ts"
import { BackupUnknown } from "../../src/domain/errors.ts"
import { type Backup, Backups } from "../../src/services/Backups.ts"

interface Held extends Backup {
  readonly text: string
}

/** The backups that there are, newest first. */
export class BackupState extends Context.Service<BackupState, Ref.Ref<ReadonlyArray<Held>>>()(
  "@crewkit/cli/test/fakes/BackupsMemory/BackupState"
) {}

const held = (name: string, time: string, text: string): Held => ({
  name: AgentName.make(name),
  time,
  path: `.claude/.backups/${name}/${time}.md`,
  size: text.length,
  text
})

/** Backups by agent, time and text, newest first. */
export const layer = (...all: ReadonlyArray<readonly [name: string, time: string, text: string]>) =>
  Layer.effect(
    Backups,
    Effect.gen(function* () {
      const state = yield* BackupState
      const list = (name: AgentName | undefined) =>
        Effect.map(Ref.get(state), (here) => here.filter((each) => name === undefined || each.name === name))
      return Backups.of({
        list,
        keep: () => Effect.succeed(new Map()),
        find: Effect.fnUntraced(function* (name, time) {
          const found = (yield* list(name)).find((each) => time === undefined || each.time.startsWith(time))
          if (found === undefined) return yield* new BackupUnknown({ name, ...(time === undefined ? {} : { time }) })
          return { backup: found, content: new TextEncoder().encode(found.text) }
        }),
        remove: (gone) => {
          const paths = new Set(gone.map(({ path }) => path))
          return Ref.update(state, (here) => here.filter(({ path }) => !paths.has(path)))
        }
      })
    })
  ).pipe(Layer.provideMerge(Layer.effect(BackupState, Ref.make<ReadonlyArray<Held>>(all.map((each) => held(...each))))))
