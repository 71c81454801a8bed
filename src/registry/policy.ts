/** The registry's times and limits, in one place. Durations in milliseconds unless a name says seconds. */

const minute = 60_000
const day = 24 * 60 * minute

/** RFC 8628 section 3.2: how long a person has to approve a login, and how often the client may ask. Seconds. */
export const deviceCodeSeconds = 600
export const pollIntervalSeconds = 5
/** RFC 8628 section 3.5: added to the interval, for good, each time a client asks too soon. Seconds. */
export const slowDownSeconds = 5
/** A network delivers two requests less far apart than they were sent; so much of it is not the client's fault. */
export const pollTolerance = 500

export const accessTokenSeconds = 3600
/** A login that nobody uses ends; one that is used does not. */
export const refreshIdle = 90 * day

export const inviteLife = 7 * day
/** A sign-in on the device page is for one approval, not for a working day. */
export const browserSessionSeconds = 600

/** Ended logins and used codes are kept so long, for a replay to be told from a guess. */
export const keepEnded = 30 * day
/** A repeated change gets the answer of the first for so long; a repeated creation for ever. */
export const keepAnswers = 7 * day
export const sweepEvery = 5 * minute

export const minPasswordLength = 12
export const maxPasswordLength = 256

export interface Limit {
  readonly name: string
  readonly count: number
  readonly window: number
}

const limit = (name: string, count: number, minutes: number): Limit => ({ name, count, window: minutes * minute })

/** Logins that are begun. */
export const deviceRequests = { address: limit("device", 300, 10), everybody: limit("device-all", 3000, 10) }
/** Codes that do not exist, after sign-in. */
export const codeGuesses = {
  address: limit("code", 10, 10),
  person: limit("code-person", 10, 10),
  everybody: limit("code-all", 200, 10)
}
/** Sign-ins that fail. */
export const signIns = {
  address: limit("sign-in", 10, 10),
  person: limit("sign-in-person", 10, 10),
  everybody: limit("sign-in-all", 200, 10)
}
