/** The flags that every command takes. */
import { Flag, GlobalFlag } from "effect/cli"

const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.withDefault(""))

export const Json = GlobalFlag.Setting("json")({ flag: toggle("json", "Print one JSON document on standard output") })
export const Quiet = GlobalFlag.Setting("quiet")({
  flag: toggle("quiet", "Print results and errors only").pipe(Flag.withAlias("q"))
})
export const NoColor = GlobalFlag.Setting("no-color")({ flag: toggle("no-color", "No colour (as NO_COLOR does)") })
export const Plain = GlobalFlag.Setting("plain")({
  flag: toggle("plain", "ASCII only: no colour, no symbols, no progress bar")
})
export const Cwd = GlobalFlag.Setting("cwd")({ flag: text("cwd", "DIR", "Run as if started in this folder") })
export const Debug = GlobalFlag.Setting("debug")({ flag: toggle("debug", "Print stack traces of failures") })
export const NoInput = GlobalFlag.Setting("no-input")({ flag: toggle("no-input", "Never ask a question") })
export const Yes = GlobalFlag.Setting("yes")({
  flag: toggle("yes", "Answer yes to every question").pipe(Flag.withAlias("y"))
})
export const RegistryFlag = GlobalFlag.Setting("registry")({
  flag: text("registry", "DIR|URL", "Registry to use in place of the configured one (as CREWKIT_REGISTRY does)")
})
export const RoleFlag = GlobalFlag.Setting("role")({ flag: text("role", "ROLE", "A role below your own") })
export const Account = GlobalFlag.Setting("account")({
  flag: text("account", "NAME", "Which of several logins at one registry (default: default)")
})

export const globals = [Json, Quiet, NoColor, Plain, Cwd, Debug, NoInput, Yes, RegistryFlag, RoleFlag, Account]
