/**
 * What talks to a server and a keychain while another program has the terminal: it asks nobody and prints nothing.
 * What a person has to see all the same is kept for afterwards.
 */
import { Effect, Layer } from "effect"
import type { Line } from "../domain/text.ts"
import { Invocation } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"
import { Prompter } from "../services/Prompter.ts"
import { SecretStore } from "../services/SecretStore.ts"
import * as Remote from "./remoteServices.ts"
import * as SecretStoreChosen from "./SecretStoreChosen.ts"

const nobody = Layer.succeed(
  Prompter,
  Prompter.of({
    confirm: () => Effect.succeed(false),
    possible: Effect.succeed(false),
    text: (_, proposal) => Effect.succeed(proposal),
    choose: () => Effect.succeedNone,
    secret: () => Effect.succeedNone,
    piped: Effect.succeedNone
  })
)

const silent = (keep: (lines: ReadonlyArray<Line>) => void) =>
  Layer.succeed(
    Output,
    Output.of({
      result: () => Effect.void,
      summary: () => Effect.void,
      text: () => Effect.void,
      note: () => Effect.void,
      aside: () => Effect.void,
      ask: (lines) => Effect.sync(() => keep(lines)),
      warn: () => Effect.void,
      columns: Effect.undefined,
      withSpinner: (_, work) => work,
      withProgress: (_, __, work) => work({ at: () => undefined }),
      failure: () => Effect.void
    })
  )

const unasked = Layer.effect(
  Invocation,
  Effect.map(Invocation, (all) => ({ ...all, input: false, yes: false }))
)

/** A passphrase that came by a file descriptor can be read once, and by whoever reads the vault otherwise. */
const secrets = Layer.unwrap(
  Effect.map(SecretStore, (attended) =>
    (process.env["CREWKIT_VAULT_PASSPHRASE_FD"] ?? "") === ""
      ? SecretStoreChosen.layer
      : Layer.succeed(SecretStore, attended)
  )
)

export const layer = (keep: (lines: ReadonlyArray<Line>) => void) =>
  Remote.layer.pipe(
    Layer.provideMerge(secrets),
    Layer.provide(Layer.mergeAll(nobody, silent(keep))),
    Layer.provide(unasked)
  )
