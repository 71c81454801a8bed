/**
 * Secrets in `.agent/config.yml`, every one of them: by their forms as in an agent, and by the closed schema, in which a
 * key that is called after a secret may hold nothing but `${NAME}`.
 */
import type { Hit, RuleInfo } from "../Finding.ts"
import { type FoundSecret, secretsIn, withoutOverlaps } from "./secretSearch.ts"
import { secretHit, secretInfo } from "./secrets.ts"

export const secretInConfigInfo: RuleInfo = {
  ...secretInfo,
  id: "secret-in-config",
  title: "Secret in the configuration",
  severity: "high",
  why: "The configuration is committed, so that everybody who can read the repository, now or later, can use it.",
  remedy: "Revoke it where it came from, then remove it here; history keeps it. Name a variable instead: `${NAME}`."
}

/** Within a key a piece of its own: `db_password`, `client-secret`, `apiKey`; not `tokens_per_minute`. */
const secretKey =
  /(?:^|[_.-]|(?<=[a-z])(?=[A-Z]))(?:pass(?:word|wd|phrase)?|pwd|secret|token|(?:api|access|private|auth|signing|encryption|secret|client)?[_-]?key|credentials?|auth|bearer)s?$/i

const entry =
  /^([ \t]*(?:-[ \t]+)?)(["']?)([\w.-]{1,80})\2[ \t]*:[ \t]+(?:(["'])(.{1,4000}?)\4|([^\s#"'[{|>&*!][^\n]{0,4000}?))[ \t]*(?:#[^\n]*)?\r?$/

/** Names of keys that this file knows and that hold no secret. */
const known = new Set(["fingerprint"])

const variable = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/
const empty = /^(?:true|false|null|~|-?\d{1,6})$/

const byKey = (text: string): ReadonlyArray<FoundSecret> => {
  const found: Array<FoundSecret> = []
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf("\n", at)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(at, Math.min(end, at + 4200))
    const parts = entry.exec(line)
    const key = parts?.[3] ?? ""
    const value = parts?.[5] ?? parts?.[6] ?? ""
    if (value !== "" && !known.has(key) && secretKey.test(key) && !variable.test(value) && !empty.test(value)) {
      const start = at + line.indexOf(value, line.indexOf(":", line.indexOf(key)))
      found.push({
        start,
        end: start + value.length,
        kind: `a secret, by its key ${key}`,
        severity: "high",
        confidence: "high"
      })
    }
    at = end + 1
  }
  return found
}

/** All secrets of the file, in order; placeholders are none here either, but for a secret-like key. */
export const secretsInConfig = (text: string): ReadonlyArray<Hit> => {
  const formed = secretsIn(text).filter(
    (secret) => secret.severity !== "info" && !/^[ \t]*["']?fingerprint["']?[ \t]*:/.test(lineOf(text, secret.start))
  )
  return withoutOverlaps([...formed, ...byKey(text)]).map((secret) => {
    const hit = secretHit(text, secret)
    return {
      ...hit,
      confidence: "high" as const,
      severity: secret.severity === "critical" ? ("critical" as const) : ("high" as const)
    }
  })
}

const lineOf = (text: string, at: number): string => text.slice(text.lastIndexOf("\n", at - 1) + 1, at)
