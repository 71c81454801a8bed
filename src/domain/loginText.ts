/** A login in words. */
import { DateTime, Schema } from "effect"
import { User } from "./Credential.ts"

/** What `auth status` and `auth login` say with `--json`. */
export const LoginStatus = Schema.Struct({
  registry: Schema.String,
  account: Schema.String,
  /** `environment`: CREWKIT_TOKEN, of which nothing else is known. */
  store: Schema.Literals(["keychain", "vault", "environment", "memory"]),
  user: Schema.optionalKey(User),
  /** When the access token ends; it is renewed by itself where `renews` is true. */
  expiresAt: Schema.optionalKey(Schema.String),
  renews: Schema.Boolean
})
export type LoginStatus = typeof LoginStatus.Type

/** `Ada Example <ada@acme.example>`. */
export const userText = ({ email, name }: User): string =>
  name === "" || name === email ? email : `${name} <${email}>`

/** `organization acme, role senior`; empty where the registry said neither. */
export const placeText = ({ organization, role }: User): string =>
  [
    ...(organization === undefined ? [] : [`organization ${organization}`]),
    ...(role === undefined ? [] : [`role ${role}`])
  ].join(", ")

const units: ReadonlyArray<readonly [name: string, seconds: number]> = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1]
]

/** `in 45 minutes`, `3 days ago`. */
export const whenText = (millis: number, now: number): string => {
  const seconds = Math.round(Math.abs(millis - now) / 1000)
  const [name, size] = units.find(([, each]) => seconds >= each) ?? ["second", 1]
  const count = Math.floor(seconds / size)
  const amount = `${count} ${name}${count === 1 ? "" : "s"}`
  return millis >= now ? `in ${amount}` : `${amount} ago`
}

/** A token whose end nobody told: the registry's 401 will. Milliseconds since 1970, the last that a date can be. */
export const noKnownEnd = 8.64e15

export const isoTime = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

export const storeText: Record<LoginStatus["store"], string> = {
  keychain: "the OS keychain",
  vault: "the vault file",
  environment: "the environment (CREWKIT_TOKEN)",
  memory: "memory only"
}
