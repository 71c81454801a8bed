/** Named schedules: how often and how long something is tried. */
import { Schedule } from "effect"

/** Waiting for another crewkit that writes in the same project: every 25 ms, for half a minute. */
export const lockWaitSeconds = 30
export const waitForLock = Schedule.spaced("25 millis").pipe(Schedule.upTo({ duration: `${lockWaitSeconds} seconds` }))

/** Seconds that one operation of the keychain may take: with a person who may have to answer its dialog, and without. */
export const keychainSeconds = { attended: 60, alone: 3 } as const
