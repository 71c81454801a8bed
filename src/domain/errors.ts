/**
 * Every failure a caller can tell apart. Each carries its exit code, its sentence (what happened, to what) and, where
 * there is one, the next thing to type. `layers/OutputTerminal.ts` is the one place that prints them.
 */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { didYouMean, nearest } from "./nearest.ts"
import { counted } from "./text.ts"

/** What the one place that prints errors asks of an error, beside its `_tag` and `message`. */
export interface Explained {
  readonly _tag: string
  readonly message: string
  /** The next command to type, or what to change. */
  readonly next?: string
  /** Facts for `--json`; never a secret. */
  readonly details?: Schema.Json
}

/** The command line is well-formed but asks for what does not go together. */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", {
  problem: Schema.String,
  next: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    return this.problem
  }
}

export class ConfigMissing extends Schema.TaggedError<ConfigMissing>()("ConfigMissing", { directory: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    return `there is no .agent/config.yml in ${this.directory}`
  }
  get next() {
    return "crewkit init"
  }
}

export class ConfigInvalid extends Schema.TaggedError<ConfigInvalid>()("ConfigInvalid", {
  file: Schema.String,
  line: Schema.Finite,
  column: Schema.Finite,
  problem: Schema.String,
  suggestion: Schema.optionalKey(Schema.String)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    return `${this.file}:${this.line}:${this.column}: ${this.problem}`
  }
  get next() {
    return this.suggestion ?? "crewkit config validate"
  }
  get details() {
    return { file: this.file, line: this.line, column: this.column }
  }
}

/** `init` found a configuration and was not told to replace it. */
export class ConfigExists extends Schema.TaggedError<ConfigExists>()("ConfigExists", { file: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `${this.file} exists already; nothing was written`
  }
  get next() {
    return "crewkit init --force writes it anew"
  }
}

const reasons: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EMFILE: "too many open files",
  ENFILE: "too many open files on this system",
  EIO: "the disk reports an input/output error",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  ELOOP: "it is a link",
  EEXIST: "it exists already",
  ENAMETOOLONG: "the name is too long",
  EBUSY: "it is in use",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8"
}

/** The operating system refused an operation on a file. */
export class FileError extends Schema.TaggedError<FileError>()("FileError", {
  operation: Schema.String,
  path: Schema.String,
  code: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `could not ${this.operation} ${this.path}: ${reasons[this.code] ?? this.code}`
  }
  get next() {
    switch (this.code) {
      case "ENOSPC":
      case "EDQUOT":
        return "free some space, then run the same command again; nothing is half-written"
      case "EACCES":
      case "EPERM":
      case "EROFS":
        return `check who may write there: ls -ld ${this.path}`
      case "EMFILE":
      case "ENFILE":
        return "close some programs, or allow more files (ulimit -n 4096), then run the same command again"
      case "EBUSY":
        return "close the program that uses it, then run the same command again"
      case "ENAMETOOLONG":
        return "use a shorter path or name"
      case "EIO":
        return "check the disk, then run the same command again"
      case "ERR_ENCODING_INVALID_ENCODED_DATA":
        return "save it as UTF-8, then run the same command again"
      default:
        return `look at what is there: ls -ld ${this.path}`
    }
  }
  get details() {
    return { path: this.path, operation: this.operation, code: this.code }
  }
}

/** A path that would leave the project, or goes through a link. */
export class UnsafePath extends Schema.TaggedError<UnsafePath>()("UnsafePath", {
  path: Schema.String,
  reason: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `refused to touch ${this.path}: ${this.reason}; nothing was written`
  }
  get next() {
    return "put a real folder or file in its place, then run the same command again"
  }
  get details() {
    return { path: this.path }
  }
}

export class RegistryUnreachable extends Schema.TaggedError<RegistryUnreachable>()("RegistryUnreachable", {
  registry: Schema.String,
  reason: Schema.String,
  hint: Schema.optionalKey(Schema.String)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    // A folder, or a file in it, is not a place that a connection leads to.
    const verb = /^https?:/.test(this.registry) ? "reach" : "read"
    return `could not ${verb} the registry ${this.registry}: ${this.reason}`
  }
  get next() {
    return this.hint ?? "crewkit sync --offline uses the last good answer"
  }
}

/** The registry answered with an error of its own. */
export class RegistryRefused extends Schema.TaggedError<RegistryRefused>()("RegistryRefused", {
  endpoint: Schema.String,
  status: Schema.Finite,
  reason: Schema.String
}) {
  override get [Runtime.errorExitCode]() {
    return this.status === 401 || this.status === 403
      ? ExitCode.notAllowed
      : this.status >= 502
        ? ExitCode.unreachable
        : ExitCode.failed
  }
  override get message() {
    return `the registry answered ${this.status} to ${this.endpoint}: ${this.reason}`
  }
  get next() {
    if (this.status === 401) return "crewkit auth login, or another CREWKIT_TOKEN where one is set"
    if (this.status === 403)
      return "crewkit auth status shows who you are there; ask whoever keeps the registry for access"
    if (this.status === 429) return "wait a minute, then run the same command again"
    if (this.status >= 500)
      return "run the same command again in a moment; crewkit sync --offline uses the last good answer"
    return "crewkit config show names the registry, the organization and the project that were asked for"
  }
  get details() {
    return { endpoint: this.endpoint, status: this.status }
  }
}

/** An answer that is not what the contract says. */
export class ResponseInvalid extends Schema.TaggedError<ResponseInvalid>()("ResponseInvalid", {
  endpoint: Schema.String,
  problem: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `the registry's answer to ${this.endpoint} is not what the contract says: ${this.problem}`
  }
  get next() {
    return "crewkit update, in case this version is too old for it; else tell whoever keeps the registry"
  }
  get details() {
    return { endpoint: this.endpoint }
  }
}

export class RoleNotAllowed extends Schema.TaggedError<RoleNotAllowed>()("RoleNotAllowed", {
  asked: Schema.String,
  own: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.notAllowed
  override get message() {
    return `the role ${this.asked} is not below yours (${this.own}); a role may be lowered, not raised`
  }
  get next() {
    return "ask the person who keeps org.yml, or leave --role out"
  }
}

export class RoleUnknown extends Schema.TaggedError<RoleUnknown>()("RoleUnknown", {
  role: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    const guess = didYouMean(nearest(this.role, this.known))
    return `there is no role ${this.role}; the registry knows ${this.known.join(", ")}${guess}`
  }
  get next() {
    return "name one of these with --role, or leave --role out"
  }
}

/** `--offline` or `--frozen` without what an earlier sync would have left. */
export class NothingCached extends Schema.TaggedError<NothingCached>()("NothingCached", { what: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    return this.what
  }
  get next() {
    return "crewkit sync, once, with the registry in reach"
  }
}

export class LockInvalid extends Schema.TaggedError<LockInvalid>()("LockInvalid", {
  file: Schema.String,
  problem: Schema.String,
  /** Nothing is wrong with it: a later version wrote it. */
  later: Schema.optionalKey(Schema.Boolean)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.integrity
  override get message() {
    return `${this.file} cannot be read: ${this.problem}`
  }
  get next() {
    return this.later === true
      ? "crewkit update"
      : "restore it from git, or delete it and run crewkit sync to write it anew"
  }
}

/** `--locked` or `--frozen`, and what is asked for is not what the lock names. Nothing was written. */
export class LockNotMet extends Schema.TaggedError<LockNotMet>()("LockNotMet", {
  problem: Schema.String,
  differences: Schema.Array(Schema.String),
  next: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.drift
  override get message() {
    const shown = this.differences.slice(0, 10).map((line) => `\n  ${line}`)
    const more = this.differences.length > 10 ? `\n  and ${this.differences.length - 10} more` : ""
    return `${this.problem}; nothing was written${shown.join("")}${more}`
  }
  get details() {
    return { differences: this.differences }
  }
}

/** `error.details` of LockNotMet. */
export const LockDetails = Schema.Struct({ differences: Schema.Array(Schema.String) })

/** The command did its work and found, or left, something that the exit code has to tell. */
export class Incomplete extends Schema.TaggedError<Incomplete>()("Incomplete", {
  reason: Schema.Literals(["drift", "kept", "refused"]),
  problem: Schema.String,
  next: Schema.String,
  details: Schema.Json
}) {
  override get [Runtime.errorExitCode]() {
    return this.reason === "refused" ? ExitCode.failed : ExitCode.drift
  }
  override get message() {
    return this.problem
  }
}

/** The registry answered that there are no agents at all, while some were synced before. */
export class EmptyAnswer extends Schema.TaggedError<EmptyAnswer>()("EmptyAnswer", { count: Schema.Finite }) {
  override readonly [Runtime.errorExitCode] = ExitCode.drift
  override get message() {
    return `the registry has no agents, and ${counted(this.count, "synced agent")} would be removed; nothing was written`
  }
  get next() {
    return "crewkit sync --yes, if that is what you want (each is backed up first)"
  }
}

export class AgentUnknown extends Schema.TaggedError<AgentUnknown>()("AgentUnknown", {
  name: Schema.String,
  nearest: Schema.optionalKey(Schema.String)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `there is no agent ${this.name}${didYouMean(this.nearest)}`
  }
  get next() {
    return "crewkit agents list"
  }
}

export class BackupUnknown extends Schema.TaggedError<BackupUnknown>()("BackupUnknown", {
  name: Schema.String,
  time: Schema.optionalKey(Schema.String),
  nearest: Schema.optionalKey(Schema.String)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    const from = this.time === undefined ? "" : ` from ${this.time}`
    return `there is no backup of ${this.name}${from}${didYouMean(this.nearest)}`
  }
  get next() {
    return "crewkit backups list"
  }
}

/** Another crewkit holds the project for longer than we wait. */
export class Busy extends Schema.TaggedError<Busy>()("Busy", {
  seconds: Schema.Finite,
  /** Where, if not in the project. */
  place: Schema.optionalKey(Schema.String)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.timedOut
  override get message() {
    return `another crewkit has been writing in ${this.place ?? "this project"} for ${this.seconds} s`
  }
  get next() {
    return "wait for it, or end it, then run the same command again"
  }
}

/** Another process holds the lock of a credential. */
export class CredentialBusy extends Schema.TaggedError<CredentialBusy>()("CredentialBusy", { seconds: Schema.Finite }) {
  override readonly [Runtime.errorExitCode] = ExitCode.timedOut
  override get message() {
    return `another crewkit has been at work on this login for ${this.seconds} s`
  }
  get next() {
    return "wait for it, or end it, then run the same command again"
  }
}

/** This platform has no way to keep two syncs apart. */
export class LockUnsupported extends Schema.TaggedError<LockUnsupported>()("LockUnsupported", {
  reason: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `file locks do not work here: ${this.reason}`
  }
  get next() {
    return "npm install -g @crewkit/cli puts a missing part (dist/native) back; there is one for Linux with glibc, macOS and Windows, x64 and arm64"
  }
}
