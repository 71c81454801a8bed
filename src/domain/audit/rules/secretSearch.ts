/** Where in a text secrets stand: by their form, between PEM lines, in addresses, and behind a key that says so. */
import { entropy, type Form, forms, isPlaceholder, isReference } from "./secretForms.ts"
import type { Confidence, Severity } from "../Finding.ts"
import { readWords } from "../words.ts"

export interface FoundSecret {
  readonly start: number
  readonly end: number
  readonly kind: string
  readonly severity: Severity
  readonly confidence: Confidence
}

const byPrefix = new Map<string, ReadonlyArray<Form>>()
for (const form of forms)
  for (const prefix of form.prefixes) byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), form])

const escapeForm = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")

/** Longer prefixes first, so that `sk-ant-` is not read as `sk-`. */
const anyPrefix = new RegExp(
  [...byPrefix.keys()]
    .toSorted((one, other) => other.length - one.length)
    .map(escapeForm)
    .join("|"),
  "g"
)

const isWordCharacter = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95

/** The first form that fits at a place where its letters stand. */
const formAt = (text: string, start: number, prefix: string): FoundSecret | undefined => {
  if (prefix !== ":AA" && prefix !== "hooks.slack.com/" && isWordCharacter(text.charCodeAt(start - 1))) return undefined
  for (const { form, kind, severity = "high" } of byPrefix.get(prefix) ?? []) {
    form.lastIndex = start
    const secret = form.exec(text)
    if (secret === null) continue
    const digits =
      prefix === ":AA" ? (/\d{8,12}$/.exec(text.slice(Math.max(0, start - 12), start))?.[0].length ?? -1) : 0
    if (digits < 0) return undefined
    const fake = isPlaceholder(secret[0])
    return {
      start: start - digits,
      end: start + secret[0].length,
      kind,
      severity: fake ? "info" : severity,
      confidence: fake ? "low" : "high"
    }
  }
  return undefined
}

/** Every form lies in a run of at least 16 characters without a blank; there are few of them in a text. */
const byForm = (text: string, runs: ReadonlyArray<number>): ReadonlyArray<FoundSecret> => {
  const found: Array<FoundSecret> = []
  for (let index = 0; index < runs.length; index += 2) {
    // The colon of a bot's token ends a run.
    const from = Math.max(0, (runs[index] ?? 0) - 1)
    const run = text.slice(from, runs[index + 1] ?? 0)
    anyPrefix.lastIndex = 0
    for (let match = anyPrefix.exec(run); match !== null; match = anyPrefix.exec(run)) {
      const secret = formAt(text, from + match.index, match[0])
      if (secret === undefined) continue
      found.push(secret)
      anyPrefix.lastIndex = Math.max(match.index + 1, secret.end - from)
    }
  }
  return found
}

const pemBegin = /-----BEGIN ?[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/y

const pems = (text: string): ReadonlyArray<FoundSecret> => {
  const found: Array<FoundSecret> = []
  for (let at = text.indexOf("-----BEGIN"); at >= 0; at = text.indexOf("-----BEGIN", at + 10)) {
    pemBegin.lastIndex = at
    const begin = pemBegin.exec(text)
    if (begin === null) continue
    const from = at + begin[0].length
    const next = text.indexOf("-----BEGIN", from)
    const piece = text.slice(from, Math.min(from + 12_000, next < 0 ? text.length : next))
    const close = piece.indexOf("-----END")
    const inner = piece.slice(0, close < 0 ? 400 : close).replace(/\\[nr]|[\s"'`>|,]/g, "")
    const body = /^[A-Za-z0-9+/=:.-]*/.exec(inner)?.[0] ?? ""
    // With no end in sight, words that follow a mention of the header are not yet a key.
    const isKey = close >= 0 || /[A-Za-z0-9+/=]{40}/.test(piece.slice(0, 400).replace(/\\[nr]/g, " "))
    if (body.length < 40 || !isKey || isPlaceholder(body)) continue
    const tail = close < 0 ? 0 : (/^-----END[A-Z0-9 ]{0,40}-----/.exec(piece.slice(close, close + 60))?.[0].length ?? 8)
    found.push({
      start: at,
      end: at + begin[0].length + (close < 0 ? Math.min(piece.length, 200) : close + tail),
      kind: "a private key",
      severity: "critical",
      confidence: "high"
    })
    at += begin[0].length
  }
  return found
}

const dull =
  /^(?:pass(?:word)?|pwd|secret|user(?:name)?|admin|root|postgres|mysql|guest|test|token|key|changeme|example|xxx+|\*+|\.{3}|mypassword|password123|hunter2|p@ssw0rd|pw|foo|bar|localhost)\d*$/i

const addresses = (text: string): ReadonlyArray<FoundSecret> => {
  const found: Array<FoundSecret> = []
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
    const piece = text.slice(at + 3, at + 300)
    const login = /^([^\s:/@"'`<>]{0,80}):([^\s/@"'`<>]{3,160})@([^\s/:"'`<>)]{1,120})/.exec(piece)
    if (login === null) continue
    const [, user = "", password = "", host = ""] = login
    const start = at + 3 + user.length + 1
    if (isReference(password) || dull.test(password) || password === user || isPlaceholder(password)) continue
    if (/^\$|^%|^\{|^\[/.test(password)) continue
    const local = /^(?:localhost|127\.|0\.0\.0\.0|example\.|host$|hostname|db$|.*\.example\.(?:com|org))/.test(host)
    const weak = password.length < 8 || entropy(password) < 2.4
    found.push({
      start,
      end: start + password.length,
      kind: "a password in an address",
      severity: local || weak ? "medium" : "high",
      confidence: local || weak ? "low" : "high"
    })
  }
  return found
}

const secretName =
  /(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|apikey|access[-_]?key|auth[-_]?key|account[-_]?key|private[-_]?key|encryption[-_]?key|signing[-_]?key|client[-_]?secret|secret[-_]?(?:access[-_]?)?key|credentials?|bearer|auth(?:orization)?|cookie|session[-_]?key|connection[-_]?string|_key)$/i
const noName =
  /(?:public[-_]?key|primary[-_]?key|foreign[-_]?key|max[-_]?tokens?|num[-_]?tokens?|token[-_]?(?:type|count|url|limit)|total[-_]?tokens?|sort[-_]?key|partition[-_]?key|cache[-_]?key|key[-_]?name|integrity|auth)$/i
const passwordName = /(?:pass(?:word|wd|phrase)?|pwd)$/i

/** Words with hyphens, a path, a version, a type, a date: what a person writes, not what a machine made. */
const isWords = (value: string): boolean =>
  /^[a-z]+(?:[-_.:/ ][a-z]+)*$/i.test(value) ||
  /^[\d.,:-]+$/.test(value) ||
  /^(?:https?:|\.{0,2}\/|~\/|@|#)/.test(value) ||
  /^[\w$]+(?:\.\w+)+(?:\(.*)?$/.test(value)

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The value of `key: value`, or of `key = "value"`, where it could be a secret. */
const valueForm = /^[ \t]*(?:=>|:=|==)?[ \t]*(["'`]?)(?:(?:Bearer|Basic|Token)[ \t]+)?([^\s"'`,;)}\]]{8,200})/i

const judged = (name: string, value: string): Pick<FoundSecret, "severity" | "confidence"> | undefined => {
  if (value.endsWith(":") || (value.length < 16 && !passwordName.test(name))) return undefined
  if (isReference(value) || isPlaceholder(value) || uuid.test(value) || isWords(value) || dull.test(value))
    return undefined
  const digits = value.replace(/\D/g, "").length
  if (passwordName.test(name)) {
    if (digits === 0 && !/[^A-Za-z0-9]/.test(value)) return undefined
    return /[([{<$]/.test(value.slice(0, 1)) || value.includes("(")
      ? undefined
      : { severity: "high", confidence: value.length >= 12 ? "high" : "medium" }
  }
  if (/[()[\]{}<>|\\]/.test(value) || /[a-z]{14,}/.test(value)) return undefined
  const bits = entropy(value)
  const isHex = /^[0-9a-f]+$/i.test(value)
  if (digits < 2 || bits < (isHex ? 2.8 : 3.3)) return undefined
  return { severity: "high", confidence: bits > 3.7 || (isHex && value.length >= 32) ? "high" : "medium" }
}

/** The key before a sign, quotes and blanks between them aside. */
const nameBefore = (text: string, sign: number): string => {
  let end = sign
  for (let left = 4; left > 0 && !isWordCharacter(text.charCodeAt(end - 1)); left--) {
    const code = text.charCodeAt(end - 1)
    if (code !== 32 && code !== 9 && code !== 34 && code !== 39 && code !== 96 && code !== 93) return ""
    end--
  }
  let start = end
  while (
    end - start < 60 &&
    (isWordCharacter(text.charCodeAt(start - 1)) ||
      text.charCodeAt(start - 1) === 45 ||
      text.charCodeAt(start - 1) === 46)
  )
    start--
  return text.slice(start, end)
}

/** `name: value`, `name=value`, `"name": "value"`, `Authorization: Bearer value`, by their signs. */
const byName = (text: string): ReadonlyArray<FoundSecret> => {
  const found: Array<FoundSecret> = []
  const look = (at: number) => {
    const before = text.charCodeAt(at - 1)
    if (!(isWordCharacter(before) || before === 34 || before === 39 || before === 32 || before === 96 || before === 93))
      return
    const name = nameBefore(text, at)
    if (name === "" || !secretName.test(name) || (noName.test(name) && !/^authorization$/i.test(name))) return
    const value = valueForm.exec(text.slice(at + 1, at + 230))
    if (value === null) return
    const [whole, , secret = ""] = value
    const verdict = judged(name, secret)
    if (verdict === undefined) return
    const start = at + 1 + whole.length - secret.length
    const aws = /^[A-Za-z0-9/+]{40}$/.test(secret) && /aws|secret_?access_?key/i.test(name)
    found.push({
      start,
      end: start + secret.length,
      kind: aws ? "an AWS secret key" : passwordName.test(name) ? "a password" : "a secret",
      ...verdict,
      ...(aws ? { severity: "critical" as const } : {})
    })
  }
  for (let at = text.indexOf("="); at >= 0; at = text.indexOf("=", at + 1)) look(at)
  for (let at = text.indexOf(":"); at >= 0; at = text.indexOf(":", at + 1)) look(at)
  return found
}

const weight: Record<Severity, number> = { info: 0, low: 1, medium: 2, high: 3, critical: 4 }

/** Of those that overlap the one with a known form, then the longer: one finding a secret. */
export const withoutOverlaps = (all: ReadonlyArray<FoundSecret>): ReadonlyArray<FoundSecret> => {
  const kept: Array<FoundSecret> = []
  for (const one of all.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1)
    if (last === undefined || one.start >= last.end) kept.push(one)
    else if (weight[one.severity] > weight[last.severity] && last.kind !== "a private key") kept[kept.length - 1] = one
  }
  return kept
}

/** `runs` as the words of the text have them. */
export const secretsIn = (text: string, runs = readWords(text).runs): ReadonlyArray<FoundSecret> =>
  withoutOverlaps([...byForm(text, runs), ...pems(text), ...addresses(text), ...byName(text)])

/** At most four characters and what it is: enough to find it, too little to use it. */
export const maskOf = (secret: string): string =>
  `${secret.slice(0, Math.min(4, Math.floor(secret.length / 4))).replace(/[^\x21-\x7e]/g, "•")}…`
