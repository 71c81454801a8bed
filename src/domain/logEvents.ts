/**
 * What the session log records. Every event is a CloudEvents 1.0 event; names that OpenTelemetry's semantic
 * conventions for GenAI have are used as they stand in version 1.41.0. `docs/session-log.md` is the format.
 */
import { Schema } from "effect"

/** The version of OpenTelemetry's semantic conventions whose `gen_ai.*` names are used. */
export const semanticConventions = "1.41.0"

export const Sha256 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/u))

const optional = Schema.optionalKey

/** One content of an agent's file; the content itself is in `.crewkit/objects`, unless the session is sensitive. */
export const Version = Schema.Struct({
  sha256: Sha256,
  /** Bytes; absent where the content was not kept. */
  size: optional(Schema.Int)
})
export type Version = typeof Version.Type

/** Who changed a file, as far as that can be known. */
export const Attribution = Schema.Struct({
  /** `unknown` where Claude Code's hooks could not be had; `outside` where they were and it was not Claude Code. */
  kind: Schema.Literals(["claude", "crewkit", "outside", "unknown"]),
  /** `path`: a hook named this very file. `while-running`: a tool that names no file (Bash) ran at that moment. */
  evidence: optional(Schema.Literals(["path", "while-running"])),
  /** Claude Code's session. */
  "gen_ai.conversation.id": optional(Schema.String),
  "gen_ai.tool.name": optional(Schema.String),
  "gen_ai.tool.call.id": optional(Schema.String),
  /** The sub-agent that used the tool; absent for the main conversation. */
  "gen_ai.agent.name": optional(Schema.String),
  "gen_ai.agent.id": optional(Schema.String),
  /** Before the session began: at the first look the file was not as the last session had left it. */
  before_session: optional(Schema.Boolean)
})
export type Attribution = typeof Attribution.Type

export const AgentChange = Schema.Struct({
  /** The file's name without `.md`. */
  agent: Schema.String,
  before: optional(Version),
  after: optional(Version),
  /** Lines; absent where a content is no text, or larger than 1 MiB. */
  added: optional(Schema.Int),
  removed: optional(Schema.Int),
  /** Path below the project of the backup that crewkit made of `before`. */
  backup: optional(Schema.String),
  by: Attribution
})
export type AgentChange = typeof AgentChange.Type

/** How a session ended: the words of the registry contract. */
export const Outcome = Schema.Literals(["success", "failure", "timeout", "abandoned"])
export type Outcome = typeof Outcome.Type

export const SessionStarted = Schema.Struct({
  kind: Schema.Literals(["code", "sync", "restore"]),
  crewkit: Schema.String,
  semconv: Schema.String,
  org: Schema.String,
  project: Schema.String,
  /** Origin of the registry, or `folder`. */
  registry: Schema.String,
  role: optional(Schema.String),
  /** The registry's id of the user; never an e-mail. Absent where nobody is logged in. */
  user: optional(Schema.String),
  /** Of this machine's operating system. */
  login: Schema.String,
  claude: optional(Schema.Struct({ version: Schema.String, "gen_ai.conversation.id": optional(Schema.String) })),
  git: optional(Schema.Struct({ commit: Schema.String, dirty: Schema.Boolean })),
  capture: Schema.Literals(["none", "metadata", "full"]),
  /** Hashes and counts only: no content is kept. */
  sensitive: Schema.Boolean,
  /** Whether Claude Code's hooks tell who changed what. */
  hooks: Schema.Boolean,
  agents: Schema.Array(
    Schema.Struct({
      file: Schema.String,
      sha256: Sha256,
      size: optional(Schema.Int),
      /** From the lock; absent for a file that crewkit does not manage. */
      version: optional(Schema.String),
      tiers: optional(Schema.Array(Schema.String))
    })
  )
})
export type SessionStarted = typeof SessionStarted.Type

export const SessionEnded = Schema.Struct({
  outcome: Outcome,
  exit_code: optional(Schema.Int),
  /** Milliseconds, by a clock that does not jump. */
  duration: Schema.Int,
  /** Agent events of this session. */
  changes: Schema.Int
})

const Empty = Schema.Struct({})

const event = <const T extends string, D extends Schema.Top>(type: T, data: D) =>
  Schema.Struct({
    type: Schema.Literal(type),
    /** Path below the project of the file that the event is about. */
    subject: optional(Schema.String),
    data
  })

const Sealing = Schema.Struct({
  session: Schema.String,
  /** The verifier key of the seal; absent where there is none. Pins it for this session. */
  key: optional(Schema.String),
  /** Records of the session's log, the one of the seal included. */
  size: Schema.Int,
  /** SHA-256 of the last of them. */
  head: Sha256
})

export const LogEvent = Schema.Union([
  event("io.crewkit.session.started", SessionStarted),
  event("io.crewkit.session.ended", SessionEnded),
  event(
    "io.crewkit.sync.applied",
    Schema.Struct({
      source: Schema.Literals(["registry", "cache", "lock"]),
      written: Schema.Int,
      removed: Schema.Int,
      kept: Schema.Int,
      unchanged: Schema.Int,
      refused: Schema.Int,
      lock_changed: Schema.Boolean,
      /** `--no-audit`: what was written was not looked at. Absent where it was, or where nothing was written. */
      "crewkit.audit.skipped": optional(Schema.Boolean)
    })
  ),
  event("io.crewkit.agent.created", AgentChange),
  event("io.crewkit.agent.edited", AgentChange),
  event("io.crewkit.agent.deleted", AgentChange),
  event("io.crewkit.agent.restored", AgentChange),
  event(
    "io.crewkit.subagent.started",
    Schema.Struct({
      "gen_ai.agent.name": Schema.String,
      "gen_ai.agent.id": optional(Schema.String),
      "gen_ai.conversation.id": optional(Schema.String)
    })
  ),
  event(
    "io.crewkit.subagent.stopped",
    Schema.Struct({
      "gen_ai.agent.name": Schema.String,
      "gen_ai.agent.id": optional(Schema.String),
      "gen_ai.conversation.id": optional(Schema.String)
    })
  ),
  event("io.crewkit.config.changed", Schema.Struct({ before: optional(Version), after: optional(Version) })),
  /** Contents that were dropped to keep the size cap; the facts stay. */
  event("io.crewkit.content.dropped", Schema.Struct({ reason: Schema.String, contents: Schema.Array(Sha256) })),
  /**
   * Somebody found the writer dead. `torn`: bytes of the unfinished line before this record, which stays as it is;
   * `after`: SHA-256 of the line before that one, where it is too short to name it itself.
   */
  event(
    "io.crewkit.log.recovered",
    Schema.Struct({ torn: Schema.Int, after: optional(Sha256), reason: Schema.String })
  ),
  /** `note`: a C2SP signed note over origin, size and head of all that stands before this record. */
  event("io.crewkit.log.sealed", Schema.Struct({ note: optional(Schema.String), unsealed: optional(Schema.String) })),
  /** The last record of a segment; the next one goes on with the same chain. */
  event("io.crewkit.log.rotated", Schema.Struct({ next: Schema.String })),
  /** Ledger only, as are the following: a session begins. */
  event("io.crewkit.ledger.opened", Schema.Struct({ session: Schema.String, kind: Schema.String })),
  event("io.crewkit.ledger.sealed", Sealing),
  event(
    "io.crewkit.ledger.closed",
    Schema.Struct({ ...Sealing.fields, outcome: optional(Outcome), recovered: optional(Schema.Boolean) })
  ),
  event(
    "io.crewkit.ledger.deleted",
    Schema.Struct({ ...Sealing.fields, segments: Schema.Int, bytes: Schema.Int, reason: Schema.String })
  ),
  event("io.crewkit.ledger.created", Empty)
])
export type LogEvent = typeof LogEvent.Type
