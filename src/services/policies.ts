/** Named schedules: how often and how long something is tried. */
import { Schedule } from "effect"

/** Waiting for another crewkit that writes in the same project: every 25 ms, for half a minute. */
export const lockWaitSeconds = 30
export const waitForLock = Schedule.spaced("25 millis").pipe(Schedule.upTo({ duration: `${lockWaitSeconds} seconds` }))

/** Waiting for another process at the same credential: longer than a holder that was stopped for 20 s. */
export const credentialWaitSeconds = 60
export const waitForCredential = Schedule.spaced("25 millis").pipe(
  Schedule.upTo({ duration: `${credentialWaitSeconds} seconds` })
)

/** Time limits of one HTTP request, in seconds. */
export const connectSeconds = 10
export const totalSeconds = 30

/** Idempotent calls that failed for a passing reason: three more tries, after about 0.3, 0.6 and 1.2 s. */
export const retryPassing = Schedule.exponential("300 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 3 }))

/** A `Retry-After` up to here is waited for; beyond, the person decides. Seconds. */
export const longestRetryAfter = 20

/** What `slow_down` adds to the interval between polls, for good; and the longest pause after network errors. Seconds. */
export const slowDownSeconds = 5
export const longestPollSeconds = 120

/** Saving a rotated token: it exists nowhere else, so three tries. */
export const retrySave = Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 2 }))

/** An access token is renewed so many seconds before it ends. */
export const renewAheadSeconds = 60

/** Seconds that one operation of the keychain may take: with a person who may have to answer its dialog, and without. */
export const keychainSeconds = { attended: 60, alone: 3 } as const

/** And so long its helper process may take to start, where the machine is busy: that says nothing about the keychain. */
export const helperStartSeconds = 10

/** Seconds that one check of `crewkit doctor` may take. */
export const checkSeconds = 5

/** The session log is sealed after so many records, and after so many seconds with a new one. */
export const sealRecords = 1000
export const sealSeconds = 60

/** Telling the registry while Claude Code runs: first after so long, then so often, so many events at once. Seconds. */
export const deliverFirstSeconds = 2
export const deliverEverySeconds = 15
export const deliverAtOnce = 100

/** And so long at most once Claude Code has ended. Seconds. */
export const deliverAtEndSeconds = 2

/** A registry that cannot be had is asked again after 15 s, 30 s, a minute, and so on up to ten. */
export const retryDelivery = Schedule.min([Schedule.exponential("15 seconds"), Schedule.spaced("10 minutes")]).pipe(
  Schedule.jittered
)

/** While a person waits: six tries in about 6 s, counted anew as soon as one gets somewhere. */
export const retryPush = Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 6 }))

/** A crash report is sent within this, or not at all. Seconds. */
export const crashReportSeconds = 2

/** So long has Claude Code to end by itself where its time is up, before it is killed. Seconds. */
export const graceSeconds = 5
/** How often it is looked at meanwhile, and how often once it was killed. */
export const lookWhileEnding = Schedule.spaced("50 millis")
export const lookAfterKill = Schedule.spaced("50 millis").pipe(Schedule.upTo({ times: 20 }))
