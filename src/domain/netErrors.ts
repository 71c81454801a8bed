/** What can go wrong between this machine and a server, beyond what the server says itself. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"

/** Node was told not to check certificates; then nothing that is sent is safe. */
export class TlsDisabled extends Schema.TaggedError<TlsDisabled>()("TlsDisabled", {}) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    return "NODE_TLS_REJECT_UNAUTHORIZED=0 switches the check of certificates off; crewkit does not send tokens that way"
  }
  get next() {
    return "unset NODE_TLS_REJECT_UNAUTHORIZED; for a certificate of your own: NODE_EXTRA_CA_CERTS=/path/to/ca.pem"
  }
}

export class UnsafeUrl extends Schema.TaggedError<UnsafeUrl>()("UnsafeUrl", {
  what: Schema.String,
  problem: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    return `${this.what} is refused: ${this.problem}; nothing was sent`
  }
  get next() {
    return this.what === "HTTPS_PROXY"
      ? "correct HTTPS_PROXY or ALL_PROXY: http://proxy.example.com:8080"
      : "name an https:// address (http:// for this machine alone): registry in .agent/config.yml, or --registry URL"
  }
}

/** Any 3xx: a registry says where it is, it does not send a client with credentials elsewhere. */
export class RedirectRefused extends Schema.TaggedError<RedirectRefused>()("RedirectRefused", {
  endpoint: Schema.String,
  status: Schema.Finite
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    return `${this.endpoint} answered with a redirect (${this.status}), which crewkit never follows; nothing was sent on`
  }
  get next() {
    return "name the registry's final address: registry in .agent/config.yml, or --registry URL"
  }
}

/** A proxy did not let the connection through, whatever it said in place of the server. */
export class ProxyRefused extends Schema.TaggedError<ProxyRefused>()("ProxyRefused", {
  endpoint: Schema.String,
  status: Schema.Finite
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    return `the proxy did not connect to the server for ${this.endpoint} (${this.status}); nothing was sent`
  }
  get next() {
    return "check HTTPS_PROXY and NO_PROXY, and the name and password in it, then run the same command again"
  }
}

/** A token with a line break in it, say. */
export class HeaderUnusable extends Schema.TaggedError<HeaderUnusable>()("HeaderUnusable", { header: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    const what = this.header === "authorization" ? "the access token" : `the header ${this.header}`
    return `${what} holds a character that cannot be sent; nothing was sent`
  }
  get next() {
    return "look at CREWKIT_TOKEN; without it: crewkit auth login"
  }
}

export class TlsFailed extends Schema.TaggedError<TlsFailed>()("TlsFailed", {
  host: Schema.String,
  code: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    return `the certificate of ${this.host} cannot be trusted (${this.code})`
  }
  get next() {
    return "if it is your organization's own: NODE_EXTRA_CA_CERTS=/path/to/ca.pem; else do not go on"
  }
}

export class RequestTimedOut extends Schema.TaggedError<RequestTimedOut>()("RequestTimedOut", {
  endpoint: Schema.String,
  phase: Schema.Literals(["connect", "total"]),
  seconds: Schema.Finite
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.timedOut
  override get message() {
    return this.phase === "connect"
      ? `no connection for ${this.endpoint} within ${this.seconds} s`
      : `no whole answer from ${this.endpoint} within ${this.seconds} s`
  }
  get next() {
    return "check the network, then run the same command again"
  }
}

export class AnswerTooLarge extends Schema.TaggedError<AnswerTooLarge>()("AnswerTooLarge", {
  endpoint: Schema.String,
  limit: Schema.Finite
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    return `the answer of ${this.endpoint} is larger than ${this.limit / 1024 / 1024} MiB`
  }
  get next() {
    return "crewkit config show names the address; check that a registry is there and not another server"
  }
}

/** 429 or 503 with a Retry-After that is longer than a person waits. */
export class RegistryBusy extends Schema.TaggedError<RegistryBusy>()("RegistryBusy", {
  endpoint: Schema.String,
  seconds: Schema.Finite
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    return `${this.endpoint} asks to be left alone for ${this.seconds} s`
  }
  get next() {
    return `run the same command again in ${this.seconds} s`
  }
}

/** The operating system could not carry the request: no network, no such host, refused, reset. */
export class ConnectionFailed extends Schema.TaggedError<ConnectionFailed>()("ConnectionFailed", {
  host: Schema.String,
  code: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    return `${this.host} cannot be reached (${reasons[this.code] ?? this.code})`
  }
  get next() {
    return "check the network and HTTPS_PROXY, then run the same command again"
  }
}

const reasons: Record<string, string> = {
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name could not be looked up",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection broke",
  EPIPE: "the connection broke",
  EHOSTUNREACH: "no way to that host",
  ENETUNREACH: "no network",
  ETIMEDOUT: "the network gave up"
}

export const NetError = Schema.Union([
  TlsDisabled,
  UnsafeUrl,
  RedirectRefused,
  ProxyRefused,
  HeaderUnusable,
  TlsFailed,
  RequestTimedOut,
  AnswerTooLarge,
  RegistryBusy,
  ConnectionFailed
])
export type NetError = typeof NetError.Type
