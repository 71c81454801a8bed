/** What is known of an API key without its value. */
import { Schema } from "effect"
import { keyNamePattern } from "./namePatterns.ts"
import { isValueLike } from "./secrets.ts"
import { StoreName } from "./storeErrors.ts"

export const KeyEnvironment = Schema.Literals(["dev", "prod"])
export type KeyEnvironment = typeof KeyEnvironment.Type

export const KeyName = Schema.String.check(Schema.isPattern(keyNamePattern)).pipe(Schema.brand("KeyName"))
export type KeyName = typeof KeyName.Type

export const ApiKey = Schema.Struct({
  name: KeyName,
  env: KeyEnvironment,
  /** Milliseconds since 1970: when it was first set, when its value was last replaced, when a child last got it. */
  created: Schema.Finite,
  rotated: Schema.Finite,
  lastUsed: Schema.optionalKey(Schema.Finite),
  /** Tells two values apart; too short to find one by. */
  fingerprint: Schema.String,
  store: StoreName
})
export type ApiKey = typeof ApiKey.Type

/** `keys.json`. */
export const KeyList = Schema.Struct({
  version: Schema.Literal(1),
  /** For the fingerprints. */
  salt: Schema.String,
  keys: Schema.Array(ApiKey)
})
export type KeyList = typeof KeyList.Type

/** `openai-api-key` is handed on as `OPENAI_API_KEY`. */
export const variableOf = (name: KeyName): string => name.toUpperCase().replaceAll("-", "_")

/** Variables by which a program is made to run something else, or finds its way. */
const reserved =
  /^(?:PATH|HOME|SHELL|USER|IFS|ENV|BASH_ENV|PS4|PROMPT_COMMAND|LD_.*|DYLD_.*|NODE_OPTIONS|NODE_PATH|PYTHON(?:PATH|STARTUP|HOME)|PERL5(?:OPT|LIB)|RUBY(?:OPT|LIB)|GIT_.*|CREWKIT_.*)$/

export const isReserved = (variable: string): boolean => reserved.test(variable)

/** The name of a key from either of its spellings; undefined where it is none, or looks like a value. */
export const keyNameFrom = (typed: string): KeyName | undefined => {
  const name = /^[A-Z][A-Z0-9_]*$/.test(typed) ? typed.toLowerCase().replaceAll("_", "-") : typed
  return keyNamePattern.test(name) && !isValueLike(name) ? KeyName.make(name) : undefined
}

/** Days after which a key should be replaced, where the person has not said otherwise. */
export const rotationDays = 90

const day = 24 * 3600 * 1000

/** Whole days since the value was set. */
export const ageOf = (key: ApiKey, now: number): number => Math.max(0, Math.floor((now - key.rotated) / day))

export const isOverdue = (key: ApiKey, now: number, days: number): boolean => ageOf(key, now) >= days

export const sameKey = (one: Pick<ApiKey, "name" | "env">, other: Pick<ApiKey, "name" | "env">): boolean =>
  one.name === other.name && one.env === other.env
