/** Logging in, staying logged in, logging out: what can go wrong, told apart. */
import { DateTime, Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"

const shortTime = (millis: number): string =>
  DateTime.formatIso(DateTime.makeUnsafe(millis)).slice(0, 16).replace("T", " ")

export class NotLoggedIn extends Schema.TaggedError<NotLoggedIn>()("NotLoggedIn", { origin: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.notAllowed
  override get message() {
    return `not logged in to ${this.origin}`
  }
  get next() {
    return "crewkit auth login"
  }
}

/** The server has ended this very login, or it ended by itself. */
export class LoginEnded extends Schema.TaggedError<LoginEnded>()("LoginEnded", {
  origin: Schema.String,
  at: Schema.Finite,
  reason: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.notAllowed
  override get message() {
    return `the login to ${this.origin} ended on ${shortTime(this.at)} UTC: ${this.reason}`
  }
  get next() {
    return "crewkit auth login"
  }
}

/** The person said no on the page. */
export class LoginDenied extends Schema.TaggedError<LoginDenied>()("LoginDenied", { origin: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.notAllowed
  override get message() {
    return `the login to ${this.origin} was denied on the page`
  }
  get next() {
    return "crewkit auth login, and approve it"
  }
}

export class LoginExpired extends Schema.TaggedError<LoginExpired>()("LoginExpired", { origin: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.timedOut
  override get message() {
    return `nobody approved the login to ${this.origin} in time, and its code has expired`
  }
  get next() {
    return "crewkit auth login gives a new code"
  }
}

/** An OAuth error that has no meaning of its own here. */
export class AuthRefused extends Schema.TaggedError<AuthRefused>()("AuthRefused", {
  endpoint: Schema.String,
  status: Schema.Finite,
  error: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.notAllowed
  override get message() {
    return `${this.endpoint} refused: ${this.error} (${this.status})`
  }
  get next() {
    return "crewkit auth login; if it refuses that too, ask whoever keeps the registry"
  }
}

/** A 5xx, or a 429 on a call that is not repeated: nothing is lost by it. */
export class AuthUnavailable extends Schema.TaggedError<AuthUnavailable>()("AuthUnavailable", {
  endpoint: Schema.String,
  status: Schema.Finite
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    return `${this.endpoint} cannot answer now (${this.status}); nobody is logged out by that`
  }
  get next() {
    return "run the same command again in a moment"
  }
}

/** Logged out here; the registry has not said so. */
export class LogoutUnconfirmed extends Schema.TaggedError<LogoutUnconfirmed>()("LogoutUnconfirmed", {
  origin: Schema.String,
  reason: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    return `the login was deleted from this machine, but ${this.origin} has not confirmed that its tokens are revoked: ${this.reason}`
  }
  get next() {
    return "the access token ends by itself within the hour; revoke the refresh token on the registry if it may have leaked"
  }
}

/** A project's configuration names a registry that this person has not approved for it. */
export class RegistryNotApproved extends Schema.TaggedError<RegistryNotApproved>()("RegistryNotApproved", {
  origin: Schema.String,
  project: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.notAllowed
  override get message() {
    return `${this.project} names the registry ${this.origin}, which you have not approved for this project; nothing was sent`
  }
  get next() {
    return "look at the address, then run the same command with --yes; it is remembered for this project"
  }
}
