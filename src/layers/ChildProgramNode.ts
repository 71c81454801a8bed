import { Effect, Layer, Redacted } from "effect"
import { ProgramExited, ProgramMissing } from "../domain/keyErrors.ts"
import { ChildProgram } from "../services/ChildProgram.ts"
import { Invocation } from "../services/Invocation.ts"
import { runInherited } from "./inheritedChild.ts"

/** Names a file descriptor that the child does not get. */
const withheld = "CREWKIT_VAULT_PASSPHRASE_FD"

export const layer = Layer.effect(
  ChildProgram,
  Effect.gen(function* () {
    const { cwd } = yield* Invocation
    return ChildProgram.of({
      inherited: (variable) => Effect.sync(() => process.env[variable] ?? ""),
      run: ([program, ...args], variables) => {
        const added = [...variables].map(([name, value]) => [name, Redacted.value(value)] as const)
        const own = Object.entries(process.env).filter(([name]) => name !== withheld)
        return runInherited(program, args, { cwd, env: Object.fromEntries([...own, ...added]) }).pipe(
          Effect.mapError((reason) => new ProgramMissing({ program, reason })),
          Effect.flatMap(({ code }) => (code === 0 ? Effect.void : Effect.fail(new ProgramExited({ exitCode: code }))))
        )
      }
    })
  })
)
