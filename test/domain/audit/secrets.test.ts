/** Secrets are found with their very place, told without being told, and what only looks like one is none. */
import { assert, describe, it } from "@effect/vitest"
import { read } from "../../../src/layers/agentReader.ts"
import { secretRules } from "../../../src/domain/audit/rules/secrets.ts"
import { secretsInConfig } from "../../../src/domain/audit/rules/secretsConfig.ts"
import { speechOf } from "../../../src/domain/audit/speech.ts"
import { chars, harmless, secrets } from "../../attacks/secretMaker.ts"
import { configSeeds } from "../../support/secretSeeds.ts"
import { contextOf } from "../../support/auditing.ts"

const hitsIn = (text: string) => {
  const file = read("a.md", new TextEncoder().encode(text))
  return secretRules.flatMap((rule) =>
    rule.check(file, contextOf(speechOf(file))).map((hit) => ({ ...hit, severity: hit.severity ?? rule.severity }))
  )
}

const grave = (text: string) => hitsIn(text).filter(({ severity }) => severity !== "info" && severity !== "low")

describe("secrets in an agent", () => {
  for (const [kind, secret] of Object.entries(secrets)) {
    it(`finds ${kind} once, and shows at most four characters of it`, () => {
      const before = "---\nname: a\ndescription: b\n---\n\nText.\n\n"
      const [hit, ...more] = hitsIn(`${before}${secret}\n`)
      assert.isDefined(hit)
      assert.deepStrictEqual(more, [])
      if (hit === undefined) return
      assert.include(["high", "critical"], hit.severity)
      assert.isTrue(secret.includes(hit.identity.trim()))
      assert.isTrue(hit.start >= before.length && hit.end <= before.length + secret.length)
      assert.isFalse(hit.message.includes(hit.identity.slice(0, 5)))
      assert.isAtMost(hit.mask?.replace("…", "").length ?? 99, 4)
    })
  }

  for (const [index, text] of harmless.entries())
    it(`takes nothing for one that is none (${index})`, () => assert.deepStrictEqual(grave(`Text.\n\n${text}\n`), []))

  for (const text of [
    "api_key = settings.api_key",
    "token: string",
    "password: correct",
    "max_tokens: 4096000000000000",
    "primary_key: user_account_identifier",
    "const token = await getAccessTokenSilently()",
    "PASSWORD=$(cat /run/secrets/db_password_2)",
    "secret: op://vault/item/field12345",
    "x-api-key: <your key of 32 characters>",
    "Authorization: Bearer $TOKEN_FROM_ENV_123",
    "https://user:pass@example.com/x",
    "postgres://postgres:postgres@localhost:5432/test",
    "auth: src/auth/token-refresh-service2.ts",
    "sk-learn-is-a-library-with-a-long-name-2024"
  ])
    it(`says nothing of ${text}`, () => assert.deepStrictEqual(grave(`${text}\n`), []))

  it("finds one in the frontmatter, in a comment and twice", () => {
    const token = secrets["github-classic"] ?? ""
    assert.strictEqual(hitsIn(`---\nname: a # ${token}\ndescription: "${token}"\n---\n<!-- ${token} -->\n`).length, 3)
  })

  it("finds one in a line of a megabyte", () => {
    const token = secrets["gitlab"] ?? ""
    const line = "lorem ipsum ".repeat(87_000)
    const [hit] = hitsIn(`${line}${token} ${line}`)
    assert.strictEqual(hit?.start, line.length)
  })
})

describe("secrets in the configuration", () => {
  const lines = ["org: acme", "project: web", "audit:", ...configSeeds.map(([key, secret]) => `  ${key}: "${secret}"`)]
  const text = `${lines.join("\n")}\n`
  const place = (offset: number) => {
    const before = text.slice(0, offset)
    return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") }
  }

  it("finds all sixteen, each in its line and column", () => {
    assert.strictEqual(configSeeds.length, 16)
    const found = secretsInConfig(text)
    assert.deepStrictEqual(
      found.map((hit) => place(hit.start).line),
      configSeeds.map((_, index) => index + 4)
    )
    for (const [index, hit] of found.entries()) {
      const [key = "", secret = ""] = configSeeds[index] ?? []
      const inner = key === "url" ? secret.indexOf(":", 12) + 1 : 0
      assert.strictEqual(place(hit.start).column, `  ${key}: "`.length + 1 + inner, key)
      assert.isFalse(hit.message.includes(secret.slice(0, 5)))
      assert.isAtMost(hit.mask?.length ?? 99, 5)
    }
  })

  it("lets a key that is called after a secret hold a variable and nothing else", () => {
    assert.deepStrictEqual(secretsInConfig("api_key: ${API_KEY}\ntoken: '${TOKEN}'\npassword: \n"), [])
    assert.strictEqual(secretsInConfig("api_key: hello\n").length, 1)
    assert.strictEqual(secretsInConfig("clientSecret: ${A}b\n").length, 1)
    assert.strictEqual(secretsInConfig("registries:\n  - auth-token: swordfish # mine\r\n").length, 1)
  })

  it("knows a fingerprint and a threshold for what they are", () => {
    const plain = `audit:\n  failOn: high\n  suppress:\n    - rule: secret\n      fingerprint: ${chars("f", 32, "hex")}\n      reason: a key of the test environment\n`
    assert.deepStrictEqual(secretsInConfig(plain), [])
  })
})
