import { Effect, Option, Schema } from "effect"
import type { ConfigInvalid } from "../domain/errors.ts"
import { secretKind } from "../domain/secrets.ts"
import { readPlainYaml } from "./plainYaml.ts"

/**
 * A small YAML file against a closed set of keys. The plainest form is read here; whatever is more, or wrong, goes to
 * the reader that knows lines and columns.
 */
export const readConfigFile = <A>(
  file: string,
  text: string,
  keys: Record<string, ReadonlyArray<string>>,
  schema: Schema.Codec<A, unknown>
): Effect.Effect<A, ConfigInvalid> => {
  const decode = Schema.decodeUnknownOption(schema)
  const plain = readPlainYaml(text)
  const known = keys[""] ?? []
  if (
    plain !== undefined &&
    [...plain].every(([key, value]) => known.includes(key) && secretKind(value) === undefined)
  ) {
    const decoded = decode(Object.fromEntries(plain))
    if (Option.isSome(decoded)) return Effect.succeed(decoded.value)
  }
  return Effect.flatMap(
    Effect.promise(() => import("./configYaml.ts")),
    ({ readClosedYaml }) => Effect.fromResult(readClosedYaml(file, text, keys, schema))
  )
}
