/** What can keep a registry from being served. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"

/** This Node has no SQLite in it. */
export class SqliteMissing extends Schema.TaggedError<SqliteMissing>()("SqliteMissing", { node: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `this is Node ${this.node}, and a registry keeps its state with node:sqlite, which Node has from 22.13 on`
  }
  get next() {
    return "run it on Node 22.13 or later, or with --database-url; every other command runs on this one"
  }
  get details() {
    return { node: this.node }
  }
}

/** The state file or database cannot be opened, read or written. */
export class StateUnusable extends Schema.TaggedError<StateUnusable>()("StateUnusable", {
  /** A path, or the URL of a database without who signs in and how. */
  file: Schema.String,
  reason: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `the registry's state ${this.file} cannot be used: ${this.reason}`
  }
  get next() {
    return this.file.startsWith("postgres://")
      ? "look at the database: it has to run, to let the user of the URL in, and to let that user make tables"
      : "name another file with --state, or look at that one: it has to be a SQLite file of yours alone"
  }
  get details() {
    return { file: this.file }
  }
}

/** The URL of the database is wrong in itself. It is not repeated: it holds a password. */
export class DatabaseUrlInvalid extends Schema.TaggedError<DatabaseUrlInvalid>()("DatabaseUrlInvalid", {
  /** Where it was found: the flag, the variable, the file. */
  from: Schema.String,
  reason: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    return `the URL of the database in ${this.from} cannot be used: ${this.reason}`
  }
  get next() {
    return "CREWKIT_DATABASE_URL=postgres://crewkit:PASSWORD@db.example.com/crewkit?sslmode=require"
  }
  get details() {
    return { from: this.from }
  }
}

export class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", {
  address: Schema.String,
  code: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    const reason =
      this.code === "EADDRINUSE"
        ? "something listens there already"
        : this.code === "EACCES"
          ? "permission denied"
          : this.code === "EADDRNOTAVAIL"
            ? "this machine has no such address"
            : this.code
    return `could not listen on ${this.address}: ${reason}`
  }
  get next() {
    return "crewkit registry serve --listen 127.0.0.1:0 takes any free port"
  }
  get details() {
    return { address: this.address, code: this.code }
  }
}

/** An invite for somebody whom the organization does not list. */
export class NotAMember extends Schema.TaggedError<NotAMember>()("NotAMember", {
  email: Schema.String,
  org: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `${this.email} is not a member in orgs/${this.org}/org.yml`
  }
  get next() {
    return `add the address to members in orgs/${this.org}/org.yml, then run the same command again`
  }
}
