/** Times and spans as a person types them. */
import { DateTime, Option } from "effect"

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const

/** `90d`, `12h`, `2w`, `30m`, `45s`: milliseconds. */
export const parseSpan = (text: string): number | undefined => {
  const match = /^(\d{1,6})([smhdw])$/.exec(text)
  // Boundary: the pattern leaves these five letters.
  return match?.[1] === undefined ? undefined : Number(match[1]) * units[match[2] as keyof typeof units]
}

/** A day, a time (RFC 3339), or a span before now; a day means its beginning, or its end where `ends`. */
export const parseTime = (text: string, now: number, ends = false): number | undefined => {
  const span = parseSpan(text)
  if (span !== undefined) return now - span
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text)
  if (!day && !/^\d{4}-\d{2}-\d{2}T/.test(text)) return undefined
  const time = Option.getOrUndefined(DateTime.make(day ? `${text}T00:00:00Z` : text))
  return time === undefined ? undefined : DateTime.toEpochMillis(time) + (day && ends ? units.d - 1 : 0)
}

/** The time of a backup, `2025-10-11T14-30-22-123Z`, in milliseconds. */
export const backupMillis = (time: string): number =>
  parseTime(time.replace(/T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z$/, "T$1:$2:$3.$4Z"), 0) ?? 0

/** `2026-10-11 14:30Z` */
export const minuteText = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)}Z`

/** `12 s`, `5 min`, `2 h 5 min` */
export const spanText = (millis: number): string => {
  const seconds = Math.round(millis / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
