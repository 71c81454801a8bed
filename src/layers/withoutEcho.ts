/**
 * A registry that refuses may repeat the token in its reason, and reasons are printed. So the secrets of a request are
 * taken out of what comes back, plain and as they are encoded most often. Only where it is an error: a success may
 * rightly hold the refresh token that it was asked with.
 */
import { Redacted } from "effect"

const formsOf = (secret: string): ReadonlyArray<string> => {
  const json = JSON.stringify(secret).slice(1, -1)
  const bytes = Buffer.from(secret)
  return [
    secret,
    json,
    json.replaceAll("/", "\\/"),
    encodeURIComponent(secret),
    new URLSearchParams([["", secret]]).toString().slice(1),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url")
  ]
}

export const withoutEcho = (body: Uint8Array, secrets: ReadonlyArray<Redacted.Redacted>): Uint8Array => {
  const forms = secrets.flatMap((secret) => formsOf(Redacted.value(secret))).filter((form) => form !== "")
  const text = Buffer.from(body).toString("utf8")
  const clean = forms.reduce((rest, form) => rest.replaceAll(form, "[secret]"), text)
  return clean === text ? body : Buffer.from(clean)
}
