/** What can go wrong when crewkit asks for a newer version of itself. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"

export class PackageRegistryInvalid extends Schema.TaggedError<PackageRegistryInvalid>()("PackageRegistryInvalid", {
  where: Schema.String,
  problem: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.usage
  override get message() {
    return `the package registry that ${this.where} names is refused: ${this.problem}; nothing was asked`
  }
  get next() {
    return "npm config get registry shows it"
  }
}

export class ReleasesUnusable extends Schema.TaggedError<ReleasesUnusable>()("ReleasesUnusable", {
  host: Schema.String,
  problem: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.unreachable
  override get message() {
    return `${this.host} does not say which version of crewkit is the latest: ${this.problem}`
  }
  get next() {
    return "npm view @crewkit/cli version"
  }
}

/** `update --check` found a newer version: the exit code has to tell. */
export class UpdateAvailable extends Schema.TaggedError<UpdateAvailable>()("UpdateAvailable", {
  current: Schema.String,
  latest: Schema.String,
  command: Schema.String,
  details: Schema.Json
}) {
  override readonly [Runtime.errorExitCode] = ExitCode.drift
  override get message() {
    return `crewkit ${this.latest} is out, this is ${this.current}`
  }
  get next() {
    return this.command
  }
}
