import { Effect, Result, Schema } from "effect"
import { code, counted, faint, good, type Line, warn } from "../domain/text.ts"
import { ClaudeCode } from "../services/ClaudeCode.ts"
import { Output } from "../services/Output.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { Sync } from "../services/Sync.ts"

export const Overview = Schema.Struct({
  org: Schema.String,
  project: Schema.String,
  registry: Schema.String,
  role: Schema.optionalKey(Schema.String),
  agents: Schema.optionalKey(
    Schema.Struct({ synced: Schema.Finite, differing: Schema.Finite, refused: Schema.Finite })
  ),
  /** Why the registry could not be asked, where it could not. */
  problem: Schema.optionalKey(Schema.String),
  claude: Schema.optionalKey(Schema.String),
  next: Schema.String
})

/** Set up or not, one screen: where this project stands and what to type next. */
export const run = Effect.fn("crewkit")(function* () {
  const output = yield* Output
  const config = yield* (yield* ProjectConfig).resolved
  const sync = yield* Sync
  const checked = yield* Effect.result(
    sync.run({ mode: "check", against: "latest", offline: false, keepLocal: undefined, prune: undefined })
  )
  const claude = yield* Effect.result((yield* ClaudeCode).find)
  const report = Result.getOrUndefined(checked)
  const differing = report?.items.filter((item) => item.status !== "foreign" && item.status !== "refused").length ?? 0
  const next =
    report === undefined
      ? "crewkit config show"
      : differing > 0 || report.lockChanged
        ? "crewkit sync"
        : Result.isFailure(claude)
          ? "npm install -g @anthropic-ai/claude-code"
          : "crewkit code"
  const value = {
    org: config.org.value,
    project: config.project.value,
    registry: config.registry.value,
    ...(report === undefined
      ? {}
      : { role: report.role, agents: { synced: report.unchanged, differing, refused: report.refused.length } }),
    ...(Result.isFailure(checked) ? { problem: checked.failure.message } : {}),
    ...(Result.isSuccess(claude) ? { claude: claude.success } : {}),
    next
  } satisfies typeof Overview.Type
  const row = (key: string, ...rest: Line): Line => [faint(key.padEnd(13)), ...rest]
  const agentsLine =
    report === undefined
      ? row("agents", warn(value.problem ?? ""))
      : row(
          "agents",
          differing === 0
            ? good(`${counted(report.unchanged, "agent")} up to date`)
            : `${report.unchanged} up to date, `,
          differing === 0 ? "" : warn(`${differing} not as the registry says`),
          report.refused.length > 0 ? `, ${report.refused.length} refused` : ""
        )
  yield* output.result(Overview, value, [
    row("organization", value.org),
    row("project", value.project),
    row("registry", value.registry),
    ...(value.role === undefined ? [] : [row("role", value.role)]),
    agentsLine,
    row("Claude Code", value.claude ?? warn("not found")),
    row("next", code(next))
  ])
})
