import { Effect, type Option, Schema, Stream } from "effect"
import { Attribution, Version } from "../domain/logEvents.ts"
import { linesText, whoText } from "../domain/sessionText.ts"
import { diffLine } from "../domain/syncText.ts"
import { code, counted, faint, good, type Line, linesOf, strong, warn } from "../domain/text.ts"
import { unifiedDiff } from "../domain/unifiedDiff.ts"
import { minuteText, spanText } from "../domain/when.ts"
import { ContentStore } from "../services/ContentStore.ts"
import { Output } from "../services/Output.ts"
import { type SessionFacts, SessionRecords } from "../services/SessionRecords.ts"
import { inColumns, picked } from "./picked.ts"
import { type Change, changesIn, endSpan, endText, isChange, SessionShown, shown, userOf } from "./sessionShown.ts"

const optional = Schema.optionalKey

const ChangeShown = Schema.Struct({
  seq: Schema.Int,
  time: Schema.String,
  action: Schema.String,
  agent: Schema.String,
  file: Schema.String,
  before: optional(Version),
  after: optional(Version),
  added: optional(Schema.Int),
  removed: optional(Schema.Int),
  backup: optional(Schema.String),
  by: Attribution,
  /** With --diff: unified. */
  diff: optional(Schema.String),
  /** With --diff: why there is none. */
  noDiff: optional(Schema.String)
})
type ChangeShown = typeof ChangeShown.Type

const SessionDetail = Schema.Struct({
  session: SessionShown,
  org: optional(Schema.String),
  project: optional(Schema.String),
  registry: optional(Schema.String),
  role: optional(Schema.String),
  claude: optional(Schema.String),
  git: optional(Schema.Struct({ commit: Schema.String, dirty: Schema.Boolean })),
  sensitive: optional(Schema.Boolean),
  hooks: optional(Schema.Boolean),
  agents: Schema.Array(Schema.Struct({ file: Schema.String, sha256: Schema.String, version: optional(Schema.String) })),
  changes: Schema.Array(ChangeShown),
  /** Records that are not about an agent's file, by type. */
  others: Schema.Record(Schema.String, Schema.Int)
})

const diffOf = (
  { change, file }: Change,
  contents: ReadonlyMap<string, Uint8Array>,
  sensitive: boolean
): Pick<ChangeShown, "diff" | "noDiff"> => {
  const text = (version: Version | undefined): string | undefined => {
    if (version === undefined) return ""
    const content = contents.get(version.sha256)
    return content === undefined ? undefined : new TextDecoder().decode(content)
  }
  const before = text(change.before)
  const after = text(change.after)
  if (before === undefined || after === undefined) {
    const which = before === undefined && after === undefined ? "neither content is" : "one of the two contents is not"
    return {
      noDiff: sensitive
        ? "the session was sensitive, so no content was kept"
        : `${which} kept in .crewkit/objects: it was too large, or made room for newer ones`
    }
  }
  return {
    diff: unifiedDiff(
      change.before === undefined ? undefined : before,
      change.after === undefined ? undefined : after,
      {
        from: `a/${file}`,
        to: `b/${file}`
      }
    )
  }
}

const changeLines = (one: ChangeShown): ReadonlyArray<Line> => [
  [
    "  ",
    one.action === "deleted" ? warn(one.agent) : good(one.agent),
    `  ${one.action}  `,
    linesText(one.added, one.removed)
  ],
  [faint(`    ${one.time.slice(11, 19)}Z  by ${whoText(one.by)}`)],
  ...(one.backup === undefined ? [] : [[faint("    backup  "), one.backup]]),
  ...(one.diff === undefined ? [] : linesOf(one.diff).map(diffLine)),
  ...(one.noDiff === undefined ? [] : [[faint(`    no diff: ${one.noDiff}`)]])
]

const headLines = (session: SessionFacts, detail: typeof SessionDetail.Type): ReadonlyArray<Line> => {
  const row = (name: string, ...rest: Line): Line => [faint(name.padEnd(11)), ...rest]
  const managed = detail.agents.filter(({ version }) => version !== undefined).length
  const { started } = session
  return [
    row("session", strong(session.id)),
    row(
      "when",
      minuteText(session.startedAt),
      session.duration === undefined ? "" : `, ${spanText(session.duration)}`,
      ", ",
      endSpan(session),
      session.exitCode === undefined || session.exitCode === 0 ? "" : ` (exit code ${session.exitCode})`
    ),
    row(
      "what",
      started?.kind ?? "its first record cannot be read",
      ...(started === undefined ? [] : [` by ${userOf(session)}`])
    ),
    ...(started === undefined
      ? []
      : [
          row(
            "project",
            `${started.org}/${started.project}`,
            started.role === undefined ? "" : `, role ${started.role}`
          ),
          row("agents", `${counted(started.agents.length, "file")}, ${managed} with a version in the lock`)
        ]),
    ...(detail.claude === undefined ? [] : [row("Claude Code", detail.claude)]),
    ...(detail.git === undefined
      ? []
      : [row("commit", detail.git.commit.slice(0, 12), detail.git.dirty ? ", with changes" : "")]),
    ...(started?.kind === "code" && !started.hooks
      ? [row("hooks", warn("off"), ", so who changed what is not known")]
      : [])
  ]
}

export const data = SessionDetail

const sessions = Effect.gen(function* () {
  const all = yield* (yield* SessionRecords).list
  return inColumns(
    all.map((session) => ({
      value: session.id,
      parts: [
        session.id.slice(0, 8),
        minuteText(session.startedAt),
        session.started?.kind ?? "unreadable",
        `${counted(session.changes, "change")}, ${endText(session)}`
      ]
    }))
  )
})

export const run = Effect.fn("sessions show")(function* (input: {
  readonly id: Option.Option<string>
  readonly diff: boolean
}) {
  const output = yield* Output
  const records = yield* SessionRecords
  const session = yield* records.find(yield* picked(input.id, "session", "Which session?", sessions))
  const found = yield* changesIn(session)
  const hashes = found.flatMap(({ change }) => [change.before?.sha256 ?? [], change.after?.sha256 ?? []].flat())
  const contents = input.diff ? yield* (yield* ContentStore).get(new Set(hashes)) : new Map<string, Uint8Array>()
  const { started } = session
  const changes = found.map((one): ChangeShown => ({
    ...one.change,
    seq: one.seq,
    time: one.time,
    action: one.action,
    file: one.file,
    ...(input.diff ? diffOf(one, contents, started?.sensitive === true) : {})
  }))
  const others = yield* Stream.runFold(
    records.records(session, (type) => !isChange(type)),
    () => new Map<string, number>(),
    (sum, { type }) => sum.set(type, (sum.get(type) ?? 0) + 1)
  )
  const detail: typeof SessionDetail.Type = {
    session: shown(session),
    ...(started === undefined
      ? {}
      : {
          org: started.org,
          project: started.project,
          registry: started.registry,
          sensitive: started.sensitive,
          hooks: started.hooks
        }),
    ...(started?.role === undefined ? {} : { role: started.role }),
    ...(started?.claude === undefined ? {} : { claude: started.claude.version }),
    ...(started?.git === undefined ? {} : { git: started.git }),
    agents: (started?.agents ?? []).map(({ file, sha256, version }) => ({
      file,
      sha256,
      ...(version === undefined ? {} : { version })
    })),
    changes,
    others: Object.fromEntries(others)
  }
  const asked = input.diff || changes.length === 0
  yield* output.result(SessionDetail, detail, [
    ...headLines(session, detail),
    [],
    ...(changes.length === 0 ? [["no agent was changed"]] : changes.flatMap(changeLines)),
    ...(asked ? [] : [[], [faint("  what exactly  "), code(`crewkit sessions show ${session.id.slice(0, 8)} --diff`)]])
  ])
})
