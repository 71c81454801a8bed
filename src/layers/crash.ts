/** The way from the edge to a crash report. Loaded after a crash; what sends is loaded only where there is consent. */
import { Effect, Layer } from "effect"
import { defaultAccount } from "../domain/Credential.ts"
import type { Mechanism } from "../domain/crashEvent.ts"
import { sanitize } from "../domain/sanitize.ts"
import { CrashReports } from "../services/CrashReports.ts"
import { Invocation } from "../services/Invocation.ts"
import * as ConsentUserFolder from "./ConsentUserFolder.ts"
import { handleCrash } from "./crashHandling.ts"
import * as PrompterTerminal from "./PrompterTerminal.ts"

/** `--yes` is no answer to this question: it was given to another one. */
const unattended = new Set(["--json", "--no-input", "--quiet", "-q", "--yes", "-y"])

const isAttended = (args: ReadonlyArray<string>): boolean =>
  !args.some((arg) => unattended.has(arg)) &&
  (process.env["CI"] ?? "") === "" &&
  process.stdin.isTTY &&
  process.stderr.isTTY

const invocation = Layer.sync(Invocation, () => ({
  cwd: process.cwd(),
  json: false,
  quiet: false,
  debug: false,
  color: false,
  plain: true,
  input: true,
  yes: false,
  registry: undefined,
  role: undefined,
  account: defaultAccount
}))

const show = (text: string): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const clean = text.split("\n").map(sanitize).join("\n")
    process.stderr.write(clean, () => resume(Effect.void))
  })

const load = (args: ReadonlyArray<string>) =>
  Effect.promise(() => import("./CrashReportsSentry.ts")).pipe(
    Effect.flatMap(({ layer }) =>
      CrashReports.use(Effect.succeed).pipe(Effect.provide(layer({ args, folder: import.meta.dirname })))
    )
  )

/** Settles when it is over; rejects for whatever goes wrong on the way, which is nobody's business any more. */
export const reportCrash = (error: unknown, mechanism: Mechanism, args: ReadonlyArray<string>): Promise<boolean> =>
  handleCrash({ error, mechanism, attended: isAttended(args) }, load(args), show).pipe(
    Effect.provide(Layer.merge(ConsentUserFolder.layer, Layer.provide(PrompterTerminal.layer, invocation))),
    Effect.runPromise
  )
