import { Effect, Layer, Option, Schema } from "effect"
import { join } from "node:path"
import { RegistryNotApproved } from "../domain/authErrors.ts"
import { UsageError } from "../domain/errors.ts"
import { defaultRegistry } from "../domain/ProjectSettings.ts"
import { own } from "../domain/records.ts"
import { Invocation } from "../services/Invocation.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { Prompter } from "../services/Prompter.ts"
import { RegistryTarget } from "../services/RegistryTarget.ts"
import { makeFolder, readIfThere, writeDurably } from "./nodeFs.ts"
import { configFolder } from "./userFolders.ts"

/** `approvals.json`: the origins that a person approved, by the folder of the project. */
const Approvals = Schema.Struct({ projects: Schema.Record(Schema.String, Schema.Array(Schema.String)) })
const decodeApprovals = Schema.decodeUnknownOption(Schema.fromJsonString(Approvals))

export const layer = Layer.effect(
  RegistryTarget,
  Effect.gen(function* () {
    const config = yield* ProjectConfig
    const prompter = yield* Prompter
    const { account } = yield* Invocation
    const file = () => join(configFolder(), "approvals.json")

    const chosen = Effect.gen(function* () {
      const registry = yield* config.registry
      if (registry.kind === "folder") {
        return yield* new UsageError({
          problem: `the registry is the folder ${registry.value}, which needs no login`,
          next: "--registry https://… names a server"
        })
      }
      return { ...registry, origin: new URL(registry.value).origin }
    })

    /** What cannot be read approves nothing. */
    const approvals = readIfThere(file()).pipe(
      Effect.map(Option.flatMap((data) => decodeApprovals(data.toString("utf8")))),
      Effect.map(Option.match({ onNone: () => ({}), onSome: ({ projects }) => projects }))
    )

    return RegistryTarget.of({
      named: Effect.map(chosen, ({ origin }) => ({ origin, account })),
      approved: Effect.gen(function* () {
        const { by, origin, root } = yield* chosen
        const key = { origin, account }
        if (by !== "project" || root === undefined || origin === new URL(defaultRegistry).origin) return key
        const known: Readonly<Record<string, ReadonlyArray<string>>> = yield* approvals
        const mine = own(known, root) ?? []
        if (mine.includes(origin)) return key
        const question = `This project names the registry ${origin}. Send your login and requests there?`
        if (!(yield* prompter.confirm(question))) return yield* new RegistryNotApproved({ origin, project: root })
        yield* makeFolder(configFolder(), 0o700)
        yield* writeDurably(
          file(),
          `${JSON.stringify({ projects: { ...known, [root]: [...mine, origin] } }, undefined, 2)}\n`,
          0o600
        )
        return key
      })
    })
  })
)
