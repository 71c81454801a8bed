/** `.crewkit/agents-seen.json`: the agents' hashes as the last session left them, so that the next one can tell what others did. */
import { Effect, Option, Schema } from "effect"
import { join } from "node:path"
import type { Content } from "../domain/agentEvents.ts"
import { Sha256 } from "../domain/logEvents.ts"
import type { LastSeen } from "../domain/reconcile.ts"
import type { ProjectConfig } from "../services/ProjectConfig.ts"
import { localFolder } from "./localFolder.ts"
import { readIfThere, writeDurably } from "./nodeFs.ts"

const Seen = Schema.fromJsonString(
  Schema.Struct({ seenVersion: Schema.Literal(1), files: Schema.Record(Schema.String, Sha256) })
)
const decode = Schema.decodeUnknownOption(Seen)

export const lastSeenIn = (config: ProjectConfig["Service"]) => {
  let written = ""
  return {
    /** None where no session has looked yet. */
    read: Effect.gen(function* () {
      const { root } = yield* config.resolved
      const bytes = yield* readIfThere(join(root, ".crewkit", "agents-seen.json"))
      return Option.flatMap(bytes, (data) => decode(data.toString("utf8"))).pipe(
        Option.map(({ files }): LastSeen => new Map(Object.entries(files)))
      )
    }),
    write: Effect.fnUntraced(function* (now: ReadonlyMap<string, Content>) {
      const files = Object.fromEntries([...now].map(([file, { sha256 }]) => [file, sha256]))
      const text = JSON.stringify({ seenVersion: 1, files })
      if (text === written) return
      yield* writeDurably(join(yield* localFolder(config), "agents-seen.json"), text, 0o600)
      written = text
    })
  }
}
