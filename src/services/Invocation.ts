import { Context } from "effect"

/** What holds for the whole run: the flags that every command takes, as they were parsed. */
export interface InvocationValue {
  /** Absolute. */
  readonly cwd: string
  readonly json: boolean
  readonly quiet: boolean
  readonly debug: boolean
  /** False with `--no-color` and with `--plain`. */
  readonly color: boolean
  /** ASCII only, no spinner, no bar. */
  readonly plain: boolean
  /** False with `--no-input`: never ask. */
  readonly input: boolean
  /** `--yes`: the answer to every question. */
  readonly yes: boolean
  /** `--registry` and `--role`, where they were given. */
  readonly registry: string | undefined
  readonly role: string | undefined
  /** `--account`: which of several logins at one registry. */
  readonly account: string
}

export class Invocation extends Context.Service<Invocation, InvocationValue>()("@crewkit/cli/services/Invocation") {}

/** The path of the command that runs, `backups restore`; it stands in every `--json` document. */
export const CurrentCommand = Context.Reference<string>("@crewkit/cli/services/Invocation/CurrentCommand", {
  defaultValue: () => ""
})
