/** What can go wrong with API keys beside the store that keeps their values. */
import { Runtime, Schema } from "effect"
import { KeyEnvironment } from "./ApiKey.ts"
import { ExitCode } from "./ExitCode.ts"
import { didYouMean, nearest } from "./nearest.ts"

export class KeyUnknown extends Schema.TaggedError<KeyUnknown>()("KeyUnknown", {
  /** None where there is no key at all. Not `name`: every error has one of its own. */
  key: Schema.optionalKey(Schema.String),
  env: KeyEnvironment,
  nearest: Schema.optionalKey(Schema.String)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return this.key === undefined
      ? `there are no API keys for ${this.env}`
      : `there is no API key ${this.key} for ${this.env}${didYouMean(this.nearest)}`
  }
  get next() {
    return this.key === undefined ? "crewkit keys set NAME" : "crewkit keys list"
  }
}

interface Named {
  readonly name: string
  readonly env: KeyEnvironment
}

/** With the key that was meant, where one of these is near. */
export const keyUnknown = ({ env, name }: Named, keys: ReadonlyArray<Named>): KeyUnknown => {
  const guess = nearest(
    name,
    keys.filter((key) => key.env === env).map((key) => key.name)
  )
  return new KeyUnknown({ key: name, env, ...(guess === undefined ? {} : { nearest: guess }) })
}

export class KeyExists extends Schema.TaggedError<KeyExists>()("KeyExists", {
  name: Schema.String,
  env: KeyEnvironment
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `there is an API key ${this.name} for ${this.env} already`
  }
  get next() {
    return `crewkit keys rotate ${this.name} --env ${this.env}`
  }
}

/** Keys of both environments would reach one program. */
export class KeysMixed extends Schema.TaggedError<KeysMixed>()("KeysMixed", { problem: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    return `${this.problem}; keys of dev and prod do not go to one program`
  }
  get next() {
    return "leave those out, or add --mixed if that is what you want"
  }
}

export class KeysUnreadable extends Schema.TaggedError<KeysUnreadable>()("KeysUnreadable", { file: Schema.String }) {
  override readonly [Runtime.errorExitCode] = ExitCode.integrity
  override get message() {
    return `${this.file} is not what crewkit writes there`
  }
  get next() {
    return "move it away and set the keys again; their values are in the keychain or the vault"
  }
}

export class KeysBusy extends Schema.TaggedError<KeysBusy>()("KeysBusy", { seconds: Schema.Finite }) {
  override readonly [Runtime.errorExitCode] = ExitCode.timedOut
  override get message() {
    return `another crewkit has been at work on the list of API keys for ${this.seconds} s`
  }
  get next() {
    return "wait for it, or end it, then run the same command again"
  }
}

export class ProgramMissing extends Schema.TaggedError<ProgramMissing>()("ProgramMissing", {
  program: Schema.String,
  reason: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    return `could not start ${this.program}: ${this.reason}`
  }
  get next() {
    return `check the name, and where it is: command -v ${this.program}`
  }
}

/** A program that was started ended with a code of its own, which is passed on and not an error of ours. */
export class ProgramExited extends Schema.TaggedError<ProgramExited>()("ProgramExited", { exitCode: Schema.Finite }) {
  override get [Runtime.errorExitCode]() {
    return this.exitCode
  }
}
