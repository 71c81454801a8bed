/** Secrets that never were: each is put together when it is asked for, so that no scanner finds one in this file. */
import { createHash } from "node:crypto"

const sets = {
  hex: "0123456789abcdef",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  word: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  url: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
  digit: "0123456789"
} as const

/** The same characters for the same seed, for ever. */
export const chars = (seed: string, length: number, set: keyof typeof sets = "word"): string => {
  const from = sets[set]
  let made = ""
  for (let round = 0; made.length < length; round++)
    for (const byte of createHash("sha512").update(`${seed} ${round}`).digest()) made += from[byte % from.length] ?? ""
  return made.slice(0, length)
}

/** Pieces that together are a secret. */
const glue = (...pieces: ReadonlyArray<string>): string => pieces.join("")

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

export const secrets: Readonly<Record<string, string>> = {
  "aws-id": glue("AK", "IA", chars("aws", 16, "upper")),
  "aws-secret": glue("aws_secret", "_access_key = ", chars("aws secret", 40)),
  "github-classic": glue("gh", "p_", chars("github", 36)),
  "github-fine": glue("github", "_pat_", chars("a", 22), "_", chars("b", 59)),
  gitlab: glue("gl", "pat-", chars("gitlab", 20)),
  "slack-bot": glue("xo", "xb-", chars("s", 12, "digit"), "-", chars("t", 13, "digit"), "-", chars("u", 24)),
  "slack-webhook": glue(
    "https://hooks.",
    "slack.com/services/",
    "T",
    chars("w", 9, "upper"),
    "/B",
    chars("x", 9, "upper"),
    "/",
    chars("y", 24)
  ),
  npm: glue("np", "m_", chars("npm", 36)),
  openai: glue("sk", "-proj-", chars("o1", 74), "T3Blbk", "FJ", chars("o2", 74)),
  anthropic: glue("sk-", "ant-", "api03-", chars("ant", 93, "url"), "AA"),
  stripe: glue("sk_", "live_", chars("stripe", 24)),
  google: glue("AI", "za", "Sy", chars("google", 33)),
  jwt: glue(
    base64url({ alg: "HS256", typ: "JWT" }),
    ".",
    base64url({ sub: "ops", name: "Ops", iat: 1_700_000_000, exp: 1_900_000_000 }),
    ".",
    chars("jwt", 43, "url")
  ),
  pem: glue(
    "-----BEGIN RSA PRI",
    "VATE KEY-----\n",
    (chars("pem", 64 * 12).match(/.{64}/g) ?? []).join("\n"),
    "\n-----END RSA PRI",
    "VATE KEY-----"
  ),
  openssh: glue(
    "-----BEGIN OPENSSH PRI",
    "VATE KEY-----\n",
    `b3BlbnNzaC1rZXktdjEAAAAA${chars("ssh", 46)}\n`,
    (chars("ssh2", 70 * 4).match(/.{70}/g) ?? []).join("\n"),
    "\n-----END OPENSSH PRI",
    "VATE KEY-----"
  ),
  sendgrid: glue("S", "G.", chars("sg1", 22), ".", chars("sg2", 43)),
  "database-url": glue("postgres", "://app:", chars("db", 20), "@db.internal.acme.io:5432/orders"),
  "basic-auth-url": glue("https", "://deploy:", chars("basic", 24), "@git.acme.io/tools.git"),
  "key-name": glue("api_key: ", chars("kn", 32)),
  "password-name": glue("DB_PASS", "WORD=", chars("pw", 18), "!x"),
  bearer: glue("Authorization: Bea", "rer ", chars("bearer", 40)),
  azure: glue("AccountName=acme;Account", "Key=", chars("azure", 86), "==;EndpointSuffix=core.windows.net"),
  huggingface: glue("h", "f_", chars("hf", 34)),
  digitalocean: glue("do", "p_v1_", chars("do", 64, "hex")),
  gcp: glue(
    '{"type": "service_account", "private_',
    'key": "-----BEGIN PRI',
    "VATE KEY-----\\n",
    chars("gcp", 400),
    "\\n-----END PRI",
    'VATE KEY-----\\n"}'
  )
}

/** What looks like one and is none: placeholders, hashes, ids, public keys, documentation. */
export const harmless: ReadonlyArray<string> = [
  glue("aws_access_key_id = AK", "IA", "IOSFODNN7", "EXAMPLE"),
  "export OPENAI_API_KEY=sk-your-key-here",
  "GITHUB_TOKEN=${{ secrets.GITHUB_TOKEN }}",
  "api_key: ${ANTHROPIC_API_KEY}",
  glue("gh", "p_", "x".repeat(36)),
  "postgres://user:password@localhost:5432/app",
  glue("Authorization: Bea", "rer <token>"),
  "password: changeme",
  `integrity: sha512-${chars("integrity", 86)}==`,
  `commit ${chars("commit", 40, "hex")}`,
  "id: 3f2504e0-4f89-41d3-9a0c-0305e82c3301",
  glue("-----BEGIN PUB", "LIC KEY-----\n", chars("public", 64), "\n-----END PUB", "LIC KEY-----"),
  "const apiKey = process.env.STRIPE_SECRET_KEY ?? ''",
  glue(
    "A token starts with `gh",
    "p_` and has 36 more characters; a key with `AK",
    "IA`; a PEM file with `-----BEGIN RSA PRI",
    "VATE KEY-----`."
  ),
  glue("sk_", "test_", "..."),
  "secret_key_base: <%= ENV['SECRET_KEY_BASE'] %>",
  `sha256: ${chars("sha", 64, "hex")}`,
  "token: your-token-goes-here",
  `![](data:image/png;base64,iVBORw0KGgo${chars("png", 200)})`,
  "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
]
