/** Secretlint's preset over pieces of a file. Loaded when a piece is there. */
import { lintSource } from "@secretlint/core"
import { rules } from "@secretlint/secretlint-rule-preset-recommend"
import type { SecretLintCoreConfig } from "@secretlint/types"
import { Effect } from "effect"
import type { Span } from "../domain/audit/AuditedFile.ts"
import { isPlaceholder, isReference } from "../domain/audit/rules/secretForms.ts"
import { type FoundSecret, withoutOverlaps } from "../domain/audit/rules/secretSearch.ts"
import { secretHit, secretInfo } from "../domain/audit/rules/secrets.ts"
import type { ScannedSecrets } from "../services/SecretScanner.ts"

/** A comment in the file must not switch off a rule; and this one reads whole JSON and certificate files. */
const left = new Set(["@secretlint/secretlint-rule-filter-comments", "@secretlint/secretlint-rule-gcp"])

const config: SecretLintCoreConfig = {
  rules: rules.filter((rule) => !left.has(rule.meta.id)).map((rule) => ({ id: rule.meta.id, rule }))
}

const kinds: Record<string, string> = {
  aws: "an AWS key",
  npm: "an npm token",
  slack: "a Slack token or webhook",
  basicauth: "a password in an address",
  openai: "an OpenAI key",
  anthropic: "an Anthropic key",
  privatekey: "a private key",
  github: "a GitHub token",
  gitlab: "a GitLab token",
  "database-connection-string": "a password in a database address",
  "hashicorp-vault": "a Vault token",
  "1password": "a 1Password token",
  huggingface: "a Hugging Face token"
}

const kindOf = (ruleId: string): string => {
  const name = ruleId.replace(/^.*secretlint-rule-/, "")
  return kinds[name] ?? `a secret of ${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

/** Names of a form, so that the piece that is the secret is what is shown and compared. */
const passwordIn = /:\/\/[^\s:/@]*:([^\s/@]+)@/

const located = (text: string, start: number, end: number, ruleId: string): FoundSecret | undefined => {
  const whole = text.slice(start, end)
  const login = passwordIn.exec(whole)
  const password = login?.[1]
  const from = password === undefined ? start : start + whole.indexOf(password, whole.indexOf("://"))
  const to = password === undefined ? end : from + password.length
  const secret = text.slice(from, to)
  if (password === undefined ? isPlaceholder(secret.slice(0, 400)) : isReference(password) || isPlaceholder(password))
    return undefined
  return {
    start: from,
    end: to,
    kind: kindOf(ruleId),
    severity: ruleId.endsWith("privatekey") ? "critical" : "high",
    confidence: "high"
  }
}

const scanWindow = (text: string, { end, start }: Span) =>
  Effect.map(
    Effect.promise(() =>
      lintSource({
        source: { filePath: "agent.md", content: text.slice(start, end), ext: ".md", contentType: "text" },
        options: { config, noPhysicFilePath: true }
      })
    ),
    ({ messages }) =>
      messages.flatMap((message) => {
        const found = located(text, start + message.range[0], start + message.range[1], message.ruleId)
        return found === undefined ? [] : [found]
      })
  )

export const scanWindows = (text: string, windows: ReadonlyArray<Span>): Effect.Effect<ReadonlyArray<ScannedSecrets>> =>
  Effect.map(
    Effect.forEach(windows, (window) => scanWindow(text, window)),
    (found) => [{ rule: secretInfo, hits: withoutOverlaps(found.flat()).map((secret) => secretHit(text, secret)) }]
  )
