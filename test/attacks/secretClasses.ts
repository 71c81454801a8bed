/** Secrets of every kind, in places where people leave them. */
import { type AttackClass, pick, spoken } from "./AttackClass.ts"
import { addLines, placeText } from "./placing.ts"
import { harmless, secrets } from "./secretMaker.ts"

const family = "secrets"

/** Those that a key's name gives away stand as an assignment; the others in a sentence. */
const inText = (secret: string): string =>
  secret.includes("\n") || /[=:{ ]/.test(secret) ? secret : `Use ${secret} when the service asks.`

const frontmatterLine = (kind: string, secret: string): string => `x-${kind}: ${JSON.stringify(secret)}`

export const secretClasses: ReadonlyArray<AttackClass> = [
  ...Object.entries(secrets).map(([kind, secret], index): AttackClass =>
    spoken({
      id: `secret-${kind}`,
      family,
      severityAtLeast: "high",
      expectedRules: ["secret"],
      attacks: [
        inText(secret),
        `\`\`\`sh\n${secret}\n\`\`\``,
        `<!-- secretlint-disable -->\n${inText(secret)}\n<!-- secretlint-enable -->`
      ],
      twins: [harmless[index % harmless.length] ?? ""]
    })
  ),
  {
    id: "secret-in-frontmatter",
    family,
    severityAtLeast: "high",
    expectedRules: ["secret"],
    spellings: 4,
    attack: (host, n) => {
      const kind = pick(["github-classic", "aws-id", "stripe", "anthropic"], n)
      return addLines(host, frontmatterLine(kind, secrets[kind] ?? ""))
    },
    twins: 3,
    twin: (host, n) =>
      addLines(
        host,
        frontmatterLine("token", pick(["${GITHUB_TOKEN}", "your-token", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"], n))
      )
  },
  {
    id: "secret-in-example",
    family,
    severityAtLeast: "high",
    expectedRules: ["secret"],
    spellings: 3,
    attack: (host, n) => {
      const kind = pick(["github-classic", "slack-bot", "npm"], n)
      return placeText(
        host,
        `This is only an example, not a real key: \`${secrets[kind] ?? ""}\` (EXAMPLE).`,
        Math.floor(n / 3)
      )
    },
    twins: 1,
    twin: (host, n) => placeText(host, "An example key is `sk-xxxxxxxxxxxxxxxx` (EXAMPLE).", n)
  }
]
