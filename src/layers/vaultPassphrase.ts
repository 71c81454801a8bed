/** Where the vault's passphrase comes from: an open file descriptor, or a person at the terminal. Never argv, never the environment. */
import { Effect, Option, Redacted } from "effect"
import * as fs from "node:fs"
import { StoreUnavailable } from "../domain/storeErrors.ts"

const variable = "CREWKIT_VAULT_PASSPHRASE_FD"

/** Characters that a new vault's passphrase has at least. */
const shortest = 8
const maxBytes = 4096

const refuse = (reason: string, hint: string) => new StoreUnavailable({ store: "vault", reason, hint })

const example = `${variable}=3 crewkit … 3<FILE hands the passphrase over without a terminal`

/** One line, read byte by byte: what follows in the same stream is somebody else's. */
const lineOf = (fd: number): Buffer => {
  const line = Buffer.alloc(maxBytes)
  let size = 0
  while (size < maxBytes && fs.readSync(fd, line, size, 1, null) === 1 && line[size] !== 10) size++
  return line.subarray(0, line[size - 1] === 13 ? size - 1 : size)
}

const fromDescriptor = (value: string): Effect.Effect<Redacted.Redacted, StoreUnavailable> =>
  Effect.gen(function* () {
    if (!/^\d{1,4}$/.test(value) || value === "1" || value === "2") {
      // The value may be a passphrase that somebody put there.
      return yield* refuse(`${variable} has to be the number of an open file descriptor`, example)
    }
    const line = yield* Effect.try({
      try: () => lineOf(Number(value)),
      catch: () => refuse(`file descriptor ${value} of ${variable} cannot be read`, example)
    })
    if (line.length === 0) return yield* refuse(`file descriptor ${value} of ${variable} holds no passphrase`, example)
    return Redacted.make(line.toString("utf8"))
  })

export interface Passphrase {
  /** For a vault that is there. `again` after a wrong one: None where it cannot be another one. */
  readonly ask: (again: boolean) => Effect.Effect<Option.Option<Redacted.Redacted>, StoreUnavailable>
  /** For a vault that is to be made: asked twice. */
  readonly choose: Effect.Effect<Redacted.Redacted, StoreUnavailable>
}

export const passphraseFrom = (
  secret: (question: string) => Effect.Effect<Option.Option<Redacted.Redacted>>
): Passphrase => {
  const descriptor = (): string | undefined => {
    const value = process.env[variable]
    return value === "" ? undefined : value
  }
  let handed: Redacted.Redacted | undefined
  const read = Effect.fnUntraced(function* (value: string) {
    return (handed ??= yield* fromDescriptor(value))
  })
  const question = Effect.fnUntraced(function* (text: string) {
    const typed = yield* secret(text)
    if (Option.isNone(typed)) {
      return yield* refuse("its passphrase is needed, and nobody can be asked for it here", example)
    }
    return typed.value
  })
  const longEnough = (passphrase: Redacted.Redacted): Effect.Effect<Redacted.Redacted, StoreUnavailable> =>
    Array.from(Redacted.value(passphrase)).length >= shortest
      ? Effect.succeed(passphrase)
      : Effect.fail(refuse(`a passphrase has at least ${shortest} characters`, "run the same command again"))
  return {
    ask: Effect.fnUntraced(function* (again) {
      const value = descriptor()
      if (value !== undefined) return again ? Option.none() : Option.some(yield* read(value))
      return Option.some(
        yield* question(again ? "That was not it. Passphrase of the vault: " : "Passphrase of the vault: ")
      )
    }),
    choose: Effect.gen(function* () {
      const value = descriptor()
      if (value !== undefined) return yield* longEnough(yield* read(value))
      const first = yield* longEnough(
        yield* question(`New passphrase for the vault (${shortest} characters or more): `)
      )
      const second = yield* question("The same once more: ")
      if (Redacted.value(first) === Redacted.value(second)) return first
      return yield* refuse("the two passphrases are not the same", "run the same command again")
    })
  }
}
