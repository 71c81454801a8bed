/** What is remembered of the last look for a newer version: `update.json` in the cache folder. */
import { Schema } from "effect"
import { isNewer } from "./versions.ts"

export const LastCheck = Schema.Struct({
  /** Milliseconds since 1970: when a look was begun, whether or not it brought an answer. */
  asked: Schema.Int,
  latest: Schema.optionalKey(Schema.String)
})
export type LastCheck = typeof LastCheck.Type

const day = 24 * 3600 * 1000

/** A time in the future, of a clock that was put back, counts as none. */
export const isDue = (last: LastCheck | undefined, now: number): boolean =>
  last === undefined || last.asked > now || now - last.asked >= day

export const newerIn = (last: LastCheck | undefined, current: string): string | undefined =>
  last?.latest !== undefined && isNewer(last.latest, current) ? last.latest : undefined
