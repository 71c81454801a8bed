/**
 * Why a credential or an API key could not be had from its store, or put there. Only `StoredMissing` means that there
 * is none; every other one is a store that does not answer as it should, and nobody is logged out by it.
 */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"

/** Which store: the OS keychain, or the vault file with a passphrase. */
export const StoreName = Schema.Literals(["keychain", "vault"])
export type StoreName = typeof StoreName.Type

/** What was asked for, in words: "the login at https://…", "the API key openai (dev)". Never a secret. */
const what = Schema.String

/** One of these, by what was asked for; crewkit keeps a few things of its own beside logins and keys. */
const oneOf = (what: string, each: { readonly key: string; readonly login: string }): string =>
  what.startsWith("the API key") ? each.key : what.startsWith("the login") ? each.login : "crewkit doctor"

export class StoredMissing extends Schema.TaggedError<StoredMissing>()("StoredMissing", { what }) {
  override readonly [Runtime.errorExitCode] = ExitCode.notAllowed
  override get message() {
    return `${this.what} is not stored on this machine`
  }
  get next() {
    return oneOf(this.what, { key: "crewkit keys list", login: "crewkit auth login" })
  }
}

export class StoreLocked extends Schema.TaggedError<StoreLocked>()("StoreLocked", { store: StoreName, what }) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return this.store === "keychain"
      ? `the keychain is locked, so ${this.what} could not be read or written`
      : `the vault could not be opened with this passphrase, so ${this.what} could not be read or written`
  }
  get next() {
    return this.store === "keychain"
      ? "unlock the keychain, then run the same command again"
      : "run the same command again, with the passphrase that the vault was made with"
  }
}

/** The person or a policy said no. */
export class StoreDenied extends Schema.TaggedError<StoreDenied>()("StoreDenied", { store: StoreName, what }) {
  override readonly [Runtime.errorExitCode] = ExitCode.notAllowed
  override get message() {
    return `the ${this.store} refused access to ${this.what}`
  }
  get next() {
    return this.store === "keychain"
      ? "allow crewkit in the dialog of the keychain, then run the same command again"
      : "check who may read the vault's file: crewkit doctor"
  }
}

/** There is no such store on this machine, or it does not work. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  store: StoreName,
  reason: Schema.String,
  hint: Schema.optionalKey(Schema.String)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `the ${this.store} cannot be used: ${this.reason}`
  }
  get next() {
    return this.hint ?? "crewkit auth login explains the choices: a keychain, a vault with a passphrase, CREWKIT_TOKEN"
  }
}

export class StoreTimedOut extends Schema.TaggedError<StoreTimedOut>()("StoreTimedOut", {
  store: StoreName,
  seconds: Schema.Finite
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.timedOut
  override get message() {
    return `the ${this.store} did not answer within ${this.seconds} s`
  }
  get next() {
    return this.store === "keychain"
      ? "look for a dialog of the keychain that waits for an answer, then run the same command again"
      : "another crewkit may be at work on it: wait for it, or end it, then run the same command again"
  }
}

/** Two items where one belongs; somebody else wrote the second. */
export class StoreAmbiguous extends Schema.TaggedError<StoreAmbiguous>()("StoreAmbiguous", {
  what,
  count: Schema.Finite
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `the keychain holds ${this.count} items for ${this.what}, so none can be trusted`
  }
  get next() {
    return "delete the extra ones with the keychain's own program, then run the same command again"
  }
}

/** Windows takes 2,560 bytes an item. */
export class StoreTooLarge extends Schema.TaggedError<StoreTooLarge>()("StoreTooLarge", {
  store: StoreName,
  bytes: Schema.Finite,
  limit: Schema.Finite
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `the ${this.store} takes ${this.limit} bytes an item, and this one has ${this.bytes}`
  }
  get next() {
    return "CREWKIT_TOKEN_STORE=vault keeps it in a file with a passphrase"
  }
}

/** What is stored is not what crewkit wrote, or was changed. */
export class StoreUnreadable extends Schema.TaggedError<StoreUnreadable>()("StoreUnreadable", {
  store: StoreName,
  what,
  reason: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.integrity
  override get message() {
    return `${this.what} in the ${this.store} cannot be read: ${this.reason}`
  }
  get next() {
    return oneOf(this.what, {
      key: "crewkit keys rotate stores the value anew",
      login: "crewkit auth login replaces a broken login"
    })
  }
}

export type StoreFailure =
  | StoreLocked
  | StoreDenied
  | StoreUnavailable
  | StoreTimedOut
  | StoreAmbiguous
  | StoreTooLarge
  | StoreUnreadable
