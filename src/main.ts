/**
 * The edge: arguments in, exit code out. Here the live layers are composed, signals become interruptions, and a
 * failure becomes the exit code it carries. Nothing above this file knows which implementation it runs with.
 */
import { Cause, Effect, Exit, Layer, Runtime } from "effect"
import { CliError, CliOutput, Command } from "effect/cli"
import { existsSync } from "node:fs"
import { constants } from "node:os"
import { join, resolve } from "node:path"
import { environment } from "./commands/environment.ts"
import * as Globals from "./commands/globals.ts"
import { wasPrinted } from "./commands/lazy.ts"
import { crewkitFor } from "./commands/root.ts"
import { toAscii } from "./domain/ascii.ts"
import { bugProblem, isExplained } from "./domain/bug.ts"
import { defaultAccount } from "./domain/Credential.ts"
import { ExitCode } from "./domain/ExitCode.ts"
import { foldLine } from "./domain/fold.ts"
import { safeJson, sanitize } from "./domain/sanitize.ts"
import { schemaVersion } from "./domain/schemaVersion.ts"
import { withoutValues } from "./domain/secrets.ts"
import * as AgentFilesNode from "./layers/AgentFilesNode.ts"
import * as AgentFormatYaml from "./layers/AgentFormatYaml.ts"
import * as AgentReaderYaml from "./layers/AgentReaderYaml.ts"
import * as ApiKeysSecretStore from "./layers/ApiKeysSecretStore.ts"
import * as AuditingLazy from "./layers/AuditingLazy.ts"
import * as BackupsNode from "./layers/BackupsNode.ts"
import * as ChildProgramNode from "./layers/ChildProgramNode.ts"
import * as ClaudeCodeProcess from "./layers/ClaudeCodeProcess.ts"
import * as ConfigFilesYaml from "./layers/ConfigFilesYaml.ts"
import * as ContentStoreNode from "./layers/ContentStoreNode.ts"
import * as DoctorLazy from "./layers/DoctorLazy.ts"
import * as EffectiveAgentsComposed from "./layers/EffectiveAgentsComposed.ts"
import * as FileLockNative from "./layers/FileLockNative.ts"
import * as GitCommand from "./layers/GitCommand.ts"
import * as LocalStateNode from "./layers/LocalStateNode.ts"
import * as LockNode from "./layers/LockNode.ts"
import * as OutputTerminal from "./layers/OutputTerminal.ts"
import * as ProjectConfigYaml from "./layers/ProjectConfigYaml.ts"
import * as PrompterTerminal from "./layers/PrompterTerminal.ts"
import * as RegistryConfigured from "./layers/RegistryConfigured.ts"
import * as RemoteLazy from "./layers/RemoteLazy.ts"
import * as SecretStoreChosen from "./layers/SecretStoreChosen.ts"
import * as RegistryServerLazy from "./layers/RegistryServerLazy.ts"
import * as SessionsLazy from "./layers/SessionsLazy.ts"
import * as SyncThreeWay from "./layers/SyncThreeWay.ts"
import * as UpkeepLazy from "./layers/UpkeepLazy.ts"
import { configFolder } from "./layers/userFolders.ts"
import { Invocation } from "./services/Invocation.ts"

declare const CREWKIT_VERSION: string

const wantsColor = (noColor: boolean, plain: boolean): boolean =>
  !noColor && !plain && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb"

const invocation = Layer.effect(
  Invocation,
  Effect.gen(function* () {
    const plain = yield* Globals.Plain
    const registry = yield* Globals.RegistryFlag
    const role = yield* Globals.RoleFlag
    const account = yield* Globals.Account
    return {
      cwd: resolve(yield* Globals.Cwd),
      json: yield* Globals.Json,
      quiet: yield* Globals.Quiet,
      debug: yield* Globals.Debug,
      color: wantsColor(yield* Globals.NoColor, plain),
      plain,
      input: !(yield* Globals.NoInput),
      yes: yield* Globals.Yes,
      registry: registry === "" ? undefined : registry,
      role: role === "" ? undefined : role,
      account: account === "" ? defaultAccount : account
    }
  })
)

/** From the ground up: each line stands on those before it. */
const live = Layer.mergeAll(SyncThreeWay.layer, SessionsLazy.layer).pipe(
  Layer.provideMerge(AuditingLazy.layer),
  Layer.provideMerge(Layer.mergeAll(EffectiveAgentsComposed.layer, DoctorLazy.layer)),
  Layer.provideMerge(
    Layer.mergeAll(
      BackupsNode.layer,
      RegistryConfigured.layer,
      RegistryServerLazy.layer,
      ApiKeysSecretStore.layer,
      UpkeepLazy.layer
    )
  ),
  Layer.provideMerge(RemoteLazy.layer),
  Layer.provideMerge(
    Layer.mergeAll(
      AgentFilesNode.layer,
      LockNode.layer,
      LocalStateNode.layer,
      ContentStoreNode.layer,
      FileLockNative.layer,
      SecretStoreChosen.layer
    )
  ),
  Layer.provideMerge(
    Layer.mergeAll(
      ProjectConfigYaml.layer,
      ConfigFilesYaml.layer,
      OutputTerminal.layer,
      PrompterTerminal.layer,
      GitCommand.layer,
      ClaudeCodeProcess.layer,
      ChildProgramNode.layer,
      AgentFormatYaml.layer,
      AgentReaderYaml.layer
    )
  ),
  Layer.provideMerge(invocation)
)

const args = process.argv.slice(2)

/** Before anything is parsed: whether a usage error is to be a document. */
const asksForJson = (args.includes("--") ? args.slice(0, args.indexOf("--")) : args).includes("--json")

const write = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve) => {
    stream.write(text, () => resolve())
  })

const print = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.promise(() => write(stream, text))

/** What `OutputTerminal` does with text, for the little that is said before there is one. */
const forPerson = (text: string): string => {
  const shown = args.includes("--plain") ? toAscii(text) : text
  const columns = process.stderr.isTTY && process.stderr.columns > 0 ? process.stderr.columns : Infinity
  return foldLine([{ look: "plain", text: shown }], columns)
    .map((row) => row.map((span) => span.text).join(""))
    .join("\n")
}

/** A suggestion stands on lines of its own in the messages of `effect/cli`. */
const oneLine = (message: string): string =>
  message.replace(/\s*Did you mean this\?\s*(\S+)\s*$/, "; did you mean $1?").replace(/\s*\n\s*/g, " ")

/** `crewkit agents`: a group of commands called by itself shows its help. */
const isGroupAlone = (event: CliOutput.Presenter.Event): event is CliOutput.Presenter.Help =>
  event._tag === "Help" && event.reason === "Implicit"

/** Help and version are results; a wrong call is an error, with the way to the right one. */
const presenter: CliOutput.Presenter = {
  present: (event) => {
    const wrong = event._tag === "InvalidInvocation" || (isGroupAlone(event) && asksForJson)
    if (!wrong) return CliOutput.defaultPresenter.present(event)
    const messages =
      event._tag === "InvalidInvocation"
        ? event.errors.map((error) => sanitize(withoutValues(oneLine(error.message), args)))
        : []
    const message = messages.length > 0 ? messages.join("; ") : "this command needs a subcommand"
    const next = `${event.commandPath.join(" ")} --help`
    const command = event.commandPath.slice(1).join(" ")
    const error = { code: "UsageError", message, next }
    return asksForJson
      ? print(process.stdout, `${JSON.stringify({ schemaVersion, command, ok: false, error, warnings: [] })}\n`)
      : print(process.stderr, `${forPerson(`error: ${message}`)}\n  try: ${next}\n`)
  }
}

const program = crewkitFor(args).pipe(
  Effect.flatMap((crewkit) => {
    const cli = crewkit.pipe(Command.provide(live), Command.withGlobalFlags(Globals.globals))
    return Command.runWith(cli, { version: CREWKIT_VERSION, renderErrors: true })(args)
  }),
  Effect.provide(
    Layer.mergeAll(
      environment,
      CliOutput.layer(
        CliOutput.defaultFormatter({
          colors: process.stdout.isTTY && wantsColor(args.includes("--no-color"), args.includes("--plain"))
        })
      ),
      CliOutput.layerPresenter(presenter)
    )
  )
)

const exitCodeOf = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return ExitCode.done
  if (Cause.hasInterruptsOnly(exit.cause)) return ExitCode.interrupted
  const error = Cause.squash(exit.cause)
  if (CliError.isCliError(error) && error._tag === "ShowHelp") {
    return error.errors.length > 0 || asksForJson ? ExitCode.usage : ExitCode.done
  }
  return Runtime.getErrorExitCode(error)
}

/** A mistake of crewkit's own that no command was there to print. */
const printBug = (error: unknown): Promise<void> => {
  const { message, ...rest } = bugProblem(error)
  const problem = { ...rest, message: sanitize(message) }
  const stack = args.includes("--debug") && error instanceof Error ? (error.stack ?? "") : ""
  const lines = stack === "" ? [] : stack.split("\n").map(sanitize)
  return asksForJson
    ? write(process.stdout, `${safeJson({ schemaVersion, command: "", ok: false, error: problem, warnings: [] })}\n`)
    : write(process.stderr, [`error: ${problem.message}`, `  try: ${problem.next}`, ...lines].join("\n").concat("\n"))
}

/** Prints what is not printed yet, and reports it where the person has allowed that; then ends, come what may. */
const crash = (error: unknown, mechanism: "defect" | "uncaughtException" | "unhandledRejection"): void => {
  // Should nothing be left to wait for, this is what the process ends with.
  process.exitCode = ExitCode.failed
  const leave = () => process.exit(ExitCode.failed)
  void (wasPrinted(error) ? Promise.resolve() : printBug(error))
    .then(() => import("./layers/crash.ts"))
    .then(({ reportCrash }) => reportCrash(error, mechanism, args))
    .then(leave, leave)
}

/** What a failed run ends with where it is a mistake of crewkit's own. */
const bugIn = (exit: Exit.Exit<unknown, unknown>): { readonly error: unknown } | undefined => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return undefined
  const error = Cause.squash(exit.cause)
  return isExplained(error) || CliError.isCliError(error) ? undefined : { error }
}

/** Whether a line about a newer version may be shown: to a person at a terminal who has a configuration of their own. */
const mayNotice = (): boolean =>
  !asksForJson &&
  args[0] !== "update" &&
  !args.some((arg) => ["--quiet", "-q", "--completions"].includes(arg)) &&
  (process.env["CI"] ?? "") === "" &&
  existsSync(join(configFolder(), "config.yml")) &&
  process.getBuiltinModule("node:tty").isatty(2)

const endWith = (code: number): void => {
  const leave = () => process.exit(code)
  if (!mayNotice()) return leave()
  process.exitCode = code
  void import("./layers/updateNotice.ts")
    .then(({ updateNotice }) => updateNotice(CREWKIT_VERSION, join(import.meta.dirname, "launcher.cjs")))
    .then((line) => (line === undefined ? undefined : write(process.stderr, line)))
    .then(leave, leave)
}

const runMain = Runtime.makeRunMain(({ fiber }) => {
  let received: "SIGINT" | "SIGTERM" | "SIGHUP" | undefined
  let crashed = false
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      received ??= signal
      fiber.interruptUnsafe(fiber.id)
    })
  }
  process.on("uncaughtException", (error, origin) => {
    // A second one, or a reader of ours that has gone (a pipe into head), which is nobody's mistake.
    if (crashed || ("code" in error && error.code === "EPIPE")) process.exit(ExitCode.failed)
    crashed = true
    fiber.interruptUnsafe(fiber.id)
    crash(error, origin)
  })
  fiber.addObserver((exit) => {
    if (crashed) return
    const bug = bugIn(exit)
    if (bug !== undefined) {
      crashed = true
      return crash(bug.error, "defect")
    }
    const code = exitCodeOf(exit)
    if (code !== ExitCode.interrupted) return endWith(code)
    process.exit(received === undefined ? code : 128 + constants.signals[received])
  })
})

runMain(program, { disableErrorReporting: true })
