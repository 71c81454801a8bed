/** What `crewkit config get` and `set` may fail with, beside a file that cannot be read. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"

/** Nobody has set it; as with git, the exit code is what a script looks at. */
export class SettingUnset extends Schema.TaggedError<SettingUnset>()("SettingUnset", {
  key: Schema.String,
  /** What holds all the same. */
  otherwise: Schema.optionalKey(Schema.String)
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.failed
  override get message() {
    return `${this.key} is not set${this.otherwise === undefined ? "" : `, so ${this.otherwise} holds`}`
  }
  get next() {
    return `crewkit config set ${this.key} VALUE`
  }
  get details() {
    return { key: this.key, ...(this.otherwise === undefined ? {} : { default: this.otherwise }) }
  }
}

/** The file would not be valid with it. */
export class SettingRefused extends Schema.TaggedError<SettingRefused>()("SettingRefused", {
  key: Schema.String,
  file: Schema.String,
  problem: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    return `${this.file} would not be valid: ${this.problem}; nothing was written`
  }
  get next() {
    return `crewkit config get ${this.key} tells what it says now`
  }
  get details() {
    return { key: this.key, file: this.file }
  }
}
