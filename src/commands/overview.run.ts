import { Clock, Context, Effect, Result, Schema } from "effect"
import { minuteText } from "../domain/when.ts"
import { noKnownEnd, storeText, userText, whenText } from "../domain/loginText.ts"
import { code, counted, faint, good, type Line, warn } from "../domain/text.ts"
import { AccessTokens } from "../services/AccessTokens.ts"
import { ApiKeys } from "../services/ApiKeys.ts"
import { ClaudeCode } from "../services/ClaudeCode.ts"
import { Output } from "../services/Output.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { SessionRecords } from "../services/SessionRecords.ts"
import { Sessions } from "../services/Sessions.ts"
import { RegistryTarget } from "../services/RegistryTarget.ts"
import { Remote } from "../services/Remote.ts"
import { Sync } from "../services/Sync.ts"
import { endText, SessionShown, shown } from "./sessionShown.ts"

const Overview = Schema.Struct({
  org: Schema.String,
  project: Schema.String,
  registry: Schema.String,
  /** Who is logged in and until when; only where the registry is a server. */
  login: Schema.optionalKey(Schema.Struct({ text: Schema.String, ok: Schema.Boolean })),
  role: Schema.optionalKey(Schema.String),
  agents: Schema.optionalKey(
    Schema.Struct({ synced: Schema.Finite, differing: Schema.Finite, refused: Schema.Finite })
  ),
  /** Why the registry could not be asked, where it could not. */
  problem: Schema.optionalKey(Schema.String),
  claude: Schema.optionalKey(Schema.String),
  /** API keys that are due for rotation. */
  overdueKeys: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The newest session of the log. */
  lastSession: Schema.optionalKey(SessionShown),
  next: Schema.String
})

/** After what the check has done, a renewal say; nobody is asked again. */
const loginText = Effect.gen(function* () {
  const context = yield* (yield* Remote).services
  const { named } = Context.get(context, RegistryTarget)
  const found = yield* Effect.result(Effect.flatMap(named, Context.get(context, AccessTokens).peek))
  if (Result.isFailure(found)) return { text: found.failure.message, ok: false }
  const { credential, from } = found.success
  if (credential === undefined) return { text: `a token from ${storeText[from]}`, ok: true }
  if (credential.ended !== undefined) return { text: credential.ended.reason, ok: false }
  const who = credential.user === undefined ? "logged in" : userText(credential.user)
  const now = yield* Clock.currentTimeMillis
  const ends = credential.expiresAt === noKnownEnd ? "" : `, token expires ${whenText(credential.expiresAt, now)}`
  return { text: `${who}${ends}${credential.refreshToken === undefined ? "" : ", renewed by itself"}`, ok: true }
})

export const data = Overview

/** Set up or not, one screen: where this project stands and what to type next. */
export const run = Effect.fn("crewkit")(function* () {
  const output = yield* Output
  const config = yield* (yield* ProjectConfig).resolved
  const sync = yield* Sync
  const checked = yield* Effect.result(
    sync.run({
      mode: "check",
      against: "latest",
      offline: false,
      keepLocal: undefined,
      prune: undefined,
      audit: "none"
    })
  )
  const claude = yield* Effect.result((yield* ClaudeCode).find)
  const report = Result.getOrUndefined(checked)
  const login = config.registryKind === "https" ? yield* loginText : undefined
  const overdue = yield* Effect.orElseSucceed((yield* ApiKeys).overdue, () => [])
  const records = Context.get(yield* (yield* Sessions).services, SessionRecords)
  const session = yield* Effect.orElseSucceed(records.find("last"), () => undefined)
  const differing = report?.items.filter((item) => item.status !== "foreign" && item.status !== "refused").length ?? 0
  const next =
    login?.ok === false
      ? "crewkit auth login"
      : report === undefined
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
    ...(login === undefined ? {} : { login }),
    ...(overdue.length === 0 ? {} : { overdueKeys: overdue.map(({ env, name }) => `${name} (${env})`) }),
    ...(report === undefined
      ? {}
      : { role: report.role, agents: { synced: report.unchanged, differing, refused: report.refused.length } }),
    ...(Result.isFailure(checked) ? { problem: checked.failure.message } : {}),
    ...(Result.isSuccess(claude) ? { claude: claude.success } : {}),
    ...(session === undefined ? {} : { lastSession: shown(session) }),
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
    ...(login === undefined ? [] : [row("login", login.ok ? login.text : warn(login.text))]),
    ...(value.role === undefined ? [] : [row("role", value.role)]),
    agentsLine,
    row("Claude Code", value.claude ?? warn("not found")),
    ...(value.lastSession === undefined
      ? []
      : [
          row(
            "last session",
            `${value.lastSession.kind ?? "unreadable"}, ${minuteText(value.lastSession.startedAt)}, `,
            `${counted(value.lastSession.changes, "change")}, ${endText(value.lastSession)}`,
            "  ",
            code(`crewkit sessions show ${value.lastSession.id.slice(0, 8)}`)
          )
        ]),
    ...(value.overdueKeys === undefined
      ? []
      : [row("API keys", warn(`due for rotation: ${value.overdueKeys.join(", ")}`), "; crewkit keys rotate NAME")]),
    row("next", code(next))
  ])
})
