/** Writes one item of a vault again and again, and says each time that it is done: `node vaultWriter.ts FOLDER FIRST`. */
import { Effect, Redacted } from "effect"
import { writeSync } from "node:fs"
import { makeVaultStore } from "../../src/layers/vaultStore.ts"
import { cheap, typing, words } from "../support/vault.ts"

const [folder = "", first = "0"] = process.argv.slice(2)
const { set } = makeVaultStore({ folder, passphrase: typing(words), cost: cheap })
const item = { username: "https://registry.example default", what: "the login" }

for (let count = Number(first); ; count++) {
  await Effect.runPromise(set(item, Redacted.make(`${count} ${"x".repeat(20_000)}`)))
  writeSync(1, `${count}\n`)
}
