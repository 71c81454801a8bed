import { Effect } from "effect"
import { ResolvedConfig } from "../domain/ProjectSettings.ts"
import { faint, type Line } from "../domain/text.ts"
import { Output } from "../services/Output.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"

export const run = Effect.fn("config show")(function* () {
  const output = yield* Output
  const config = yield* (yield* ProjectConfig).resolved
  const row = (key: string, value: string, origin: string): Line => [key.padEnd(18), `${value}  `, faint(origin)]
  yield* output.result(ResolvedConfig, config, [
    row("project root", config.root, config.file),
    row("org", config.org.value, config.org.origin),
    row("project", config.project.value, config.project.origin),
    row("registry", config.registry.value, config.registry.origin),
    config.role === undefined
      ? row("role", "as the registry decides", "default")
      : row("role", config.role.value, config.role.origin),
    row("sync.prune", String(config.prune.value), config.prune.origin),
    row("sync.keepLocal", String(config.keepLocal.value), config.keepLocal.origin),
    row("sessions.capture", config.capture.value, config.capture.origin)
  ])
})
