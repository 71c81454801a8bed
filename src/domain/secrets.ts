/**
 * Whether a value looks like a credential: enough to keep one out of a committed configuration. The audit of agents
 * has rules of its own.
 */
const forms: ReadonlyArray<readonly [kind: string, form: RegExp]> = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY/],
  ["a GitHub token", /\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}/],
  ["a GitLab token", /\bglpat-[A-Za-z0-9_-]{16,}/],
  ["an API key", /\bsk-[A-Za-z0-9_-]{16,}|\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|\bAIza[A-Za-z0-9_-]{30,}/],
  ["an AWS key id", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/],
  ["an npm token", /\bnpm_[A-Za-z0-9]{30,}/],
  ["a JSON Web Token", /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\./],
  ["a password in a URL", /:\/\/[^/\s:@]*:[^/\s@]+@/]
]

/** Shannon entropy in bits a character. */
const entropy = (text: string): number => {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

/** What the value looks like, or undefined. A long random word counts as a secret of an unknown kind. */
export const secretKind = (value: string): string | undefined => {
  for (const [kind, form] of forms) if (form.test(value)) return kind
  const words = value.match(/[A-Za-z0-9+/_=-]{28,}/g) ?? []
  const random = words.some(
    (word) => /[0-9]/.test(word) && /[A-Za-z]/.test(word) && !word.includes("/") && entropy(word) > 3.5
  )
  return random ? "a long random value" : undefined
}

/** A word of twelve characters or more with three digits among them is nothing that a person calls something. */
const hasOddWord = (text: string): boolean =>
  text.split(/[^A-Za-z0-9]+/).some((word) => word.length >= 12 && word.replace(/\D/g, "").length >= 3)

/** Whether a word of a command line is a value that landed in the wrong place, rather than a name. */
export const isValueLike = (text: string): boolean => secretKind(text) !== undefined || hasOddWord(text)

/** A message about a command line, without those of its words that may be secrets. */
export const withoutValues = (message: string, args: ReadonlyArray<string>): string =>
  args
    .flatMap((arg) => [arg, arg.replace(/^-+/, ""), ...arg.split(/[=:]/)])
    .filter((word) => word.length >= 8 && isValueLike(word))
    .sort((one, other) => other.length - one.length)
    .reduce((text, word) => text.replaceAll(word, "…"), message)
