/** Consent in `telemetry.json` of the user's configuration folder; the environment is looked at each time. */
import { Effect, Layer, Option, Schema } from "effect"
import { join } from "node:path"
import { ConsentFile, vetoIn } from "../domain/consent.ts"
import { Consent } from "../services/Consent.ts"
import { makeFolder, readIfThere, writeDurably } from "./nodeFs.ts"
import { configFolder } from "./userFolders.ts"

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(ConsentFile))

export const layer = Layer.sync(Consent, () => {
  const place = join(configFolder(), "telemetry.json")
  const read = readIfThere(place).pipe(
    Effect.map(Option.flatMap((data) => decode(data.toString("utf8")))),
    Effect.orElseSucceed(() => Option.none<ConsentFile>()),
    Effect.map(Option.getOrElse((): ConsentFile => ({})))
  )
  const stateOf = (file: ConsentFile) => ({ file, veto: vetoIn(process.env) })
  return Consent.of({
    place,
    state: Effect.map(read, stateOf),
    change: Effect.fn("Consent.change")(function* (by) {
      const file = by(yield* read)
      yield* makeFolder(configFolder(), 0o700)
      yield* writeDurably(place, `${JSON.stringify(file, undefined, 2)}\n`, 0o600)
      return stateOf(file)
    })
  })
})
