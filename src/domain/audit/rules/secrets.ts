/** Secrets that stand in an agent file, by our own forms; layers/SecretScannerSecretlint.ts adds those of secretlint. */
import type { Hit, RuleInfo } from "../Finding.ts"
import type { Rule } from "../Rule.ts"
import { wordsOf } from "../words.ts"
import { type FoundSecret, maskOf, secretsIn } from "./secretSearch.ts"

export const secretInfo: RuleInfo = {
  id: "secret",
  category: "secrets",
  title: "Secret in an agent",
  severity: "high",
  why: "Whoever can read the repository, the registry or a backup can use it; an agent's text is also sent to the model.",
  remedy:
    "Revoke it where it came from, then remove it here. Hand it to the program by its environment (`crewkit keys run`)."
}

/** A finding that names the kind and at most four characters. */
export const secretHit = (text: string, secret: FoundSecret): Hit => {
  const value = text.slice(secret.start, secret.end)
  const mask = maskOf(value)
  const says =
    secret.severity === "info" ? `This looks like a placeholder for ${secret.kind}` : `This looks like ${secret.kind}`
  return {
    start: secret.start,
    end: secret.end,
    message: `${says} (${mask})`,
    confidence: secret.confidence,
    ...(secret.severity === secretInfo.severity ? {} : { severity: secret.severity }),
    identity: value,
    mask
  }
}

const secret: Rule = {
  ...secretInfo,
  check: (file) => secretsIn(file.text, wordsOf(file).runs).map((found) => secretHit(file.text, found))
}

export const secretRules: ReadonlyArray<Rule> = [secret]
