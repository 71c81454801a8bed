/** Whether a crash may be reported: what a person decided, and what always wins over it. */
import { Schema } from "effect"
import { fieldsVersion } from "./crashEvent.ts"

/** `telemetry.json` in the user's configuration folder. Each number is a version of the list of fields. */
export const ConsentFile = Schema.Struct({
  crashReports: Schema.optionalKey(Schema.Literals(["enabled", "disabled"])),
  /** What `telemetry preview` showed last. */
  previewed: Schema.optionalKey(Schema.Int),
  /** What had been previewed when reports were enabled: enough to send where nobody can be asked. */
  seen: Schema.optionalKey(Schema.Int),
  /** What a person answered "always" to, at a terminal. */
  always: Schema.optionalKey(Schema.Int)
})
export type ConsentFile = typeof ConsentFile.Type

export const Veto = Schema.Literals(["DO_NOT_TRACK", "CREWKIT_NO_TELEMETRY"])
export type Veto = typeof Veto.Type

export interface Consent {
  readonly file: ConsentFile
  /** The environment variable that forbids it all. */
  readonly veto: Veto | undefined
}

const isSet = (value: string | undefined): boolean => !["", "0", "false"].includes((value ?? "").toLowerCase())

export const vetoIn = (env: Readonly<Record<string, string | undefined>>): Veto | undefined =>
  (["DO_NOT_TRACK", "CREWKIT_NO_TELEMETRY"] as const).find((name) => isSet(env[name]))

export const allows = ({ file, veto }: Consent): boolean => veto === undefined && file.crashReports === "enabled"

/** Enabling counts for where nobody is asked only if the list had been shown before. */
export const enabled = (file: ConsentFile): ConsentFile => ({
  ...(file.previewed === undefined ? {} : { previewed: file.previewed, seen: file.previewed }),
  crashReports: "enabled"
})

export const disabled = (file: ConsentFile): ConsentFile => ({
  ...(file.previewed === undefined ? {} : { previewed: file.previewed }),
  crashReports: "disabled"
})

export const previewed = (file: ConsentFile): ConsentFile => ({ ...file, previewed: fieldsVersion })

export const answeredAlways = (file: ConsentFile): ConsentFile => ({
  ...file,
  seen: fieldsVersion,
  always: fieldsVersion
})

/** Whether a report would go out where nobody can be asked. */
export const sendsUnattended = (consent: Consent): boolean => allows(consent) && consent.file.seen === fieldsVersion

/** What to do with a crash; `attended` where a person can be asked. */
export const decide = (consent: Consent, attended: boolean): "send" | "ask" | "keep" => {
  if (!allows(consent)) return "keep"
  if (attended) return consent.file.always === fieldsVersion ? "send" : "ask"
  return sendsUnattended(consent) ? "send" : "keep"
}
