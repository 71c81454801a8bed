/** One realistic instance, or several, of every error class: what `docs/errors.md` is made from. */
import { DoctorFailed } from "../../src/domain/doctor.ts"
import { AuditFailed, AuditStopped } from "../../src/domain/auditErrors.ts"
import * as Auth from "../../src/domain/authErrors.ts"
import { DeliveryParked, DeliveryStopped, nothingDelivered } from "../../src/domain/DeliveryReport.ts"
import * as ClaudeErrors from "../../src/domain/claudeErrors.ts"
import * as ConfigErrors from "../../src/domain/configErrors.ts"
import * as Errors from "../../src/domain/errors.ts"
import * as Keys from "../../src/domain/keyErrors.ts"
import * as Log from "../../src/domain/logErrors.ts"
import * as Net from "../../src/domain/netErrors.ts"
import * as Server from "../../src/domain/serverErrors.ts"
import * as Store from "../../src/domain/storeErrors.ts"
import * as Update from "../../src/domain/updateErrors.ts"

/** An error that a person may see. */
export type Sample = Error & { readonly _tag: string; readonly next?: string; readonly details?: unknown }

/** Classes that no person sees as such, and why. */
export const unseen: Readonly<Record<string, string>> = {
  ClaudeExited: "passes Claude Code's exit code on; Claude Code has printed what there is to say",
  ProgramExited: "passes the program's exit code on; the program has printed what there is to say",
  Halt: "ends a round of the delivery; its reason is part of DeliveryStopped",
  SendRefused: "one answer of the registry to the delivery; its reason is part of DeliveryStopped or of the report",
  NotFound: "inside of the registry: becomes an answer 404",
  Refusal: "inside of the registry: becomes an answer of the contract, which the client shows as RegistryRefused",
  Over: "inside of the registry: undoes the counting of a try"
}

const origin = "https://agents.acme.example"
const effective = `GET ${origin}/api/v1/agents/effective`
const at = Date.UTC(2026, 9, 11, 14, 30)
const report = { ...nothingDelivered(origin), waiting: 3, parked: 2 }
const one = { ...nothingDelivered(origin), waiting: 1, parked: 1 }
const held = (name: string) => ({
  name,
  findings: 2,
  severity: "high",
  rule: "unscoped-bash",
  message: "may run any command: tools has Bash without a pattern",
  line: 4
})
const file = (operation: string, path: string, code: string) => new Errors.FileError({ operation, path, code })
const key = "the API key openai (dev)"
const login = `the login at ${origin}`

export const samples: ReadonlyArray<Sample> = [
  new Errors.UsageError({ problem: "--locked and --frozen do not go together", next: "leave one of the two out" }),
  new Errors.ConfigMissing({ directory: "/home/ada/web-shop" }),
  new Errors.ConfigInvalid({
    file: ".agent/config.yml",
    line: 3,
    column: 1,
    problem: "registy is no setting",
    suggestion: "did you mean registry?"
  }),
  new Errors.ConfigInvalid({
    file: ".agent/config.yml",
    line: 2,
    column: 6,
    problem: "org is not lower-case letters, digits and hyphens"
  }),
  new Errors.ConfigExists({ file: ".agent/config.yml" }),
  file("write", ".claude/agents/reviewer.md", "ENOSPC"),
  file("write", ".claude/agents/reviewer.md", "EROFS"),
  file("read", ".claude/agents/reviewer.md", "EMFILE"),
  file("read", ".agent/config.yml", "ERR_ENCODING_INVALID_ENCODED_DATA"),
  file("read", ".agent/config.yml", "EISDIR"),
  file("rename", ".claude/agents/reviewer.md", "EBUSY"),
  file("write", ".claude/agents/reviewer.md", "EIO"),
  file("write", ".claude/agents/reviewer.md", "ENAMETOOLONG"),
  new Errors.UnsafePath({ path: ".claude/agents", reason: "it is a link to /home/ada/elsewhere" }),
  new Errors.RegistryUnreachable({ registry: origin, reason: "there is no such host" }),
  new Errors.RegistryUnreachable({
    registry: "./agents-registry",
    reason: "there is no such folder",
    hint: "correct registry in .agent/config.yml, or crewkit sync --offline"
  }),
  ...[401, 403, 422, 429, 500].map(
    (status) =>
      new Errors.RegistryRefused({ endpoint: "/api/v1/agents/effective", status, reason: "it does not say why" })
  ),
  new Errors.ResponseInvalid({ endpoint: effective, problem: "the field agents.0.version" }),
  new Errors.RoleNotAllowed({ asked: "admin", own: "beginner" }),
  new Errors.RoleUnknown({ role: "boss", known: ["beginner", "intermediate", "expert"] }),
  new Errors.NothingCached({ what: "no earlier answer of the registry is kept on this machine" }),
  new Errors.LockInvalid({ file: ".agent/agents.lock", problem: "line 7: not YAML" }),
  new Errors.LockInvalid({
    file: ".agent/agents.lock",
    problem: "a later crewkit wrote it, in lock version 2",
    later: true
  }),
  new Errors.LockNotMet({
    problem: "the registry's answer is not what .agent/agents.lock names",
    differences: ["reviewer: the lock names 3, the registry has 4", "tester: not in the lock"],
    next: "crewkit sync takes the registry's answer and updates the lock"
  }),
  new Errors.Incomplete({
    reason: "drift",
    problem: "2 agents are not as the registry says",
    next: "crewkit sync",
    details: {}
  }),
  new Errors.EmptyAnswer({ count: 1 }),
  new Errors.EmptyAnswer({ count: 12 }),
  new Errors.AgentUnknown({ name: "reviever", nearest: "reviewer" }),
  new Errors.BackupUnknown({ name: "reviewer" }),
  new Errors.BackupUnknown({ name: "reviewer", time: "2026-10-11T14-30-22-123Z" }),
  new Errors.Busy({ seconds: 30 }),
  new Errors.CredentialBusy({ seconds: 60 }),
  new Errors.LockUnsupported({ reason: "there is no native part for linux-riscv64" }),
  new ClaudeErrors.ClaudeTimedOut({ limit: 600_000, exitCode: 143 }),
  new ConfigErrors.SettingUnset({ key: "sync.prune", otherwise: "true" }),
  new ConfigErrors.SettingUnset({ key: "role" }),
  new ConfigErrors.SettingRefused({
    key: "audit.failOn",
    file: ".agent/config.yml",
    problem: "audit.failOn is one of low, medium, high, critical"
  }),
  new ClaudeErrors.ClaudeMissing({ looked: "CLAUDE_PATH is not set, and there is no claude in PATH" }),
  new Net.TlsDisabled({}),
  new Net.UnsafeUrl({
    what: "http://agents.acme.example",
    problem: "it is http, not https, and leads off this machine"
  }),
  new Net.UnsafeUrl({ what: "HTTPS_PROXY", problem: "it is not a URL" }),
  new Net.RedirectRefused({ endpoint: effective, status: 302 }),
  new Net.ProxyRefused({ endpoint: effective, status: 407 }),
  new Net.HeaderUnusable({ header: "authorization" }),
  new Net.TlsFailed({ host: "agents.acme.example", code: "SELF_SIGNED_CERT_IN_CHAIN" }),
  new Net.RequestTimedOut({ endpoint: effective, phase: "connect", seconds: 10 }),
  new Net.RequestTimedOut({ endpoint: effective, phase: "total", seconds: 30 }),
  new Net.AnswerTooLarge({ endpoint: effective, limit: 8 * 1024 * 1024 }),
  new Net.RegistryBusy({ endpoint: effective, seconds: 120 }),
  new Net.ConnectionFailed({ host: "agents.acme.example", code: "ECONNREFUSED" }),
  new Auth.NotLoggedIn({ origin }),
  new Auth.LoginEnded({ origin, at, reason: "it was revoked there" }),
  new Auth.LoginDenied({ origin }),
  new Auth.LoginExpired({ origin }),
  new Auth.AuthRefused({ endpoint: `POST ${origin}/oauth/token`, status: 400, error: "invalid_client" }),
  new Auth.AuthUnavailable({ endpoint: `POST ${origin}/oauth/token`, status: 503 }),
  new Auth.LogoutUnconfirmed({ origin, reason: "it offers no way to revoke tokens" }),
  new Auth.RegistryNotApproved({ origin, project: "/home/ada/web-shop" }),
  new Keys.KeyUnknown({ env: "dev" }),
  new Keys.KeyUnknown({ key: "openai", env: "prod" }),
  new Keys.KeyExists({ name: "openai", env: "dev" }),
  new Keys.KeysMixed({ problem: "openai is there for prod alone, not for dev" }),
  new Keys.KeysUnreadable({ file: "/home/ada/.config/crewkit/keys.json" }),
  new Keys.KeysBusy({ seconds: 30 }),
  new Keys.ProgramMissing({ program: "pyhton", reason: "there is no such program" }),
  new Store.StoredMissing({ what: key }),
  new Store.StoredMissing({ what: login }),
  new Store.StoreLocked({ store: "keychain", what: login }),
  new Store.StoreLocked({ store: "vault", what: key }),
  new Store.StoreDenied({ store: "keychain", what: login }),
  new Store.StoreDenied({ store: "vault", what: login }),
  new Store.StoreUnavailable({ store: "keychain", reason: "no D-Bus session is running here" }),
  new Store.StoreTimedOut({ store: "keychain", seconds: 20 }),
  new Store.StoreTimedOut({ store: "vault", seconds: 20 }),
  new Store.StoreAmbiguous({ what: login, count: 2 }),
  new Store.StoreTooLarge({ store: "keychain", bytes: 3012, limit: 2560 }),
  new Store.StoreUnreadable({ store: "vault", what: key, reason: "it was changed" }),
  new Store.StoreUnreadable({ store: "keychain", what: login, reason: "it is not what crewkit writes there" }),
  new Update.PackageRegistryInvalid({ where: "npm_config_registry", problem: "it is not a URL" }),
  new Update.ReleasesUnusable({ host: "packages.acme.example", problem: "it answered 404" }),
  new Update.UpdateAvailable({
    current: "0.1.0",
    latest: "0.2.0",
    command: "npm install -g @crewkit/cli@0.2.0",
    details: {}
  }),
  new DoctorFailed({
    report: {
      passed: 16,
      warnings: 1,
      failed: 2,
      skipped: 0,
      fixed: [],
      checks: [
        { name: "keychain", status: "fail", text: "no D-Bus session is running here" },
        { name: "config", status: "fail", text: "there is no .agent/config.yml", next: "crewkit init" }
      ]
    }
  }),
  new AuditFailed({
    problem: "3 findings at or above high (1 critical, 2 high)",
    next: "correct the agents, or accept what is there with --write-baseline --reason TEXT; docs/audit has a page for each rule",
    details: {}
  }),
  new AuditStopped({ held: [held("deployer")], failOn: "high", written: false }),
  new AuditStopped({ held: [held("deployer"), held("releaser")], failOn: "high", written: true }),
  new Log.LogBroken({
    faults: [
      { kind: "truncated", file: "2026-10-11/0001.jsonl", problem: "it is shorter than its seal says" },
      { kind: "missing", file: "2026-10-12/0001.jsonl", problem: "it is gone" }
    ]
  }),
  new Log.SessionUnknown({ id: "7f3a" }),
  new Log.SessionUnknown({ id: "7f", several: 3 }),
  new Log.LogBusy({ seconds: 10 }),
  new Log.GitFailed({ reason: "fatal: not a git repository" }),
  new Log.NothingToAnchor({}),
  new DeliveryStopped({ reason: "nothing listens there", report }),
  new DeliveryStopped({ reason: "it asks for a pause", report: one, seconds: 120 }),
  new DeliveryParked({ report }),
  new DeliveryParked({ report: one }),
  new Server.SqliteMissing({ node: "20.19.4" }),
  new Server.StateUnusable({ file: "/srv/registry/state.db", reason: "it is not a SQLite file" }),
  new Server.StateUnusable({ file: "postgres://db.example.com/crewkit", reason: "nothing listens there" }),
  new Server.DatabaseUrlInvalid({ from: "CREWKIT_DATABASE_URL", reason: "it has no host" }),
  new Server.CannotListen({ address: "127.0.0.1:8787", code: "EADDRINUSE" }),
  new Server.NotAMember({ email: "eve@acme.example", org: "acme" })
]
