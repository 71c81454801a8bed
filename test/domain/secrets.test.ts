import { assert, describe, it } from "@effect/vitest"
import { secretKind } from "../../src/domain/secrets.ts"

/** Put together here, so that no scanner takes this file for a leak. */
const joined = (...parts: ReadonlyArray<string>): string => parts.join("")
const random = "Zq7Xn2Lk9Vb4Tm6Rw1Ys8Hd3Jf5Gc0Pa"

const secrets: ReadonlyArray<readonly [kind: string, value: string]> = [
  ["a private key", joined("-----BEGIN ", "RSA PRIVATE KEY-----\nMIIE")],
  ["a private key", joined("-----BEGIN ", "PRIVATE KEY-----")],
  ["a private key", joined("-----BEGIN ", "OPENSSH PRIVATE KEY-----")],
  ["a GitHub token", joined("ghp_", random)],
  ["a GitHub token", joined("gho_", random)],
  ["a GitHub token", joined("ghs_", random)],
  ["a GitHub token", joined("github_", "pat_", random)],
  ["a GitHub token", joined("see ", "ghp_", random, " for it")],
  ["a GitLab token", joined("glpat-", random.slice(0, 20))],
  ["an API key", joined("sk-", "ant-api03-", random)],
  ["an API key", joined("sk-", "proj-", random)],
  ["an API key", joined("sk_", "live_", random.slice(0, 24))],
  ["an API key", joined("rk_", "test_", random.slice(0, 24))],
  ["an API key", joined("AIza", random, "Sy-_")],
  ["an AWS key id", joined("AKIA", "IOSFODNN7EXAMPLE")],
  ["an AWS key id", joined("ASIA", "IOSFODNN7EXAMPLE")],
  ["a Slack token", joined("xoxb-", "1234567890-", random.slice(0, 12))],
  ["an npm token", joined("npm_", random, "AbCd")],
  ["a JSON Web Token", joined("eyJhbGciOiJIUzI1NiJ9", ".", "eyJzdWIiOiIxMjM0In0", ".", "c2ln")],
  ["a password in a URL", joined("https://user:", "hunter2@registry.example.com/acme")],
  ["a password in a URL", joined("postgres://:", "hunter2@db/crew")],
  ["a long random value", random],
  ["a long random value", joined("token=", random)],
  ["a long random value", "wJalrXUtnFEMI+K7MDENG+bPxRfiCYEXAMPLEKEY"]
]

const harmless: ReadonlyArray<string> = [
  "",
  "acme",
  "web-shop",
  "a-slug-of-many-words-that-is-rather-long-but-only-words",
  "./agents-registry",
  "../shared/registry/of/the/team/with/a/very/long/path/2025",
  "/srv/registries/acme/agents-registry-2025-10-11/checked-out/by/ci",
  "C:\\Users\\someone\\registry",
  "https://api.crewkit.io",
  "https://registry.example.com:8443/api/v1",
  "https://registry.example.com/teams/acme/projects/web-shop/agents/effective",
  "http://127.0.0.1:8080",
  "https://someone@example.com/acme",
  "somebody@example.com",
  "${CREWKIT_TOKEN}",
  "2025-10-11T14-30-22-123Z",
  "true",
  "sk-short",
  "ghp_short",
  "skip-the-tests",
  "task-runner",
  "AKIA",
  "eyJ",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1",
  "0000000000000000000000000000000000000000",
  "release-release-release-release-2025-2025",
  "You are a careful reviewer. Read the change and say what is wrong with it."
]

describe("a value that looks like a credential", () => {
  for (const [index, [kind, value]] of secrets.entries()) {
    it(`number ${index + 1} is ${kind}`, () => {
      assert.strictEqual(secretKind(value), kind)
    })
  }

  it("is found in the middle of other text, and on a later line", () => {
    for (const [kind, value] of secrets) {
      assert.strictEqual(secretKind(`registry: here\n  ${value}`), kind)
    }
  })

  it("is described without being repeated", () => {
    for (const [, value] of secrets) assert.notInclude(secretKind(value) ?? "", value.slice(0, 12))
  })
})

describe("a value that does not", () => {
  for (const value of harmless) {
    it(`is ${JSON.stringify(value)}`, () => {
      assert.isUndefined(secretKind(value))
    })
  }
})
