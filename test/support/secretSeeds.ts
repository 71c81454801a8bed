/** Secrets that never were, made of pieces when a test runs, so that no scanner finds one in the repository. */
import { chars } from "../attacks/secretMaker.ts"

const glue = (...pieces: ReadonlyArray<string>): string => pieces.join("")

/** One or more for each rule of secretlint's preset, by the rule's name; what the rule says stands in it. */
export const presetSeeds: ReadonlyArray<readonly [rule: string, seed: string]> = [
  ["aws", glue("aws_secret", "_access_key = ", chars("p-aws", 40))],
  ["aws", glue('"Secret', 'AccessKey": "', chars("p-aws2", 40), '"')],
  [
    "privatekey",
    glue("-----BEGIN RSA PRI", "VATE KEY-----\nMI", chars("p-pem", 800), "\n-----END RSA PRI", "VATE KEY-----")
  ],
  ["npm", glue("np", "m_", chars("p-npm", 36))],
  ["slack", glue("xo", "xb-", chars("p-s1", 12, "digit"), "-", chars("p-s2", 24))],
  [
    "slack",
    glue("https://hooks.", "slack.com/services/T", chars("p-w", 9), "/B", chars("p-x", 9), "/", chars("p-y", 24))
  ],
  ["basicauth", glue("https", "://deploy:", chars("p-ba", 20), "@git.acme.io/x")],
  ["openai", glue("sk", "-proj-", chars("p-o1", 74), "T3Blbk", "FJ", chars("p-o2", 74))],
  ["openai", glue("sk", "-", chars("p-o3", 20), "T3Blbk", "FJ", chars("p-o4", 20))],
  ["anthropic", glue("sk-", "ant-", "api03-", chars("p-an", 93, "url"), "AA")],
  ["groq", glue("gs", "k_", chars("p-gr", 52))],
  ["huggingface", glue("h", "f_", chars("p-hf", 60).replace(/[0-9]/g, "").slice(0, 34))],
  ["linear", glue("lin_", "api_", chars("p-li", 40))],
  ["notion", glue("nt", "n_", chars("p-n1", 11, "digit"), chars("p-n2", 35))],
  ["sendgrid", glue("S", "G.", chars("p-sg", 22), ".", chars("p-sh", 43))],
  ["shopify", glue("shp", "at_", chars("p-sy", 32, "hex"))],
  ["github", glue("gh", "p_", chars("p-gh", 36))],
  ["github", glue("github", "_pat_", chars("p-gi", 22), "_", chars("p-gj", 59))],
  [
    "github",
    glue("gh", "s_", chars("p-gk", 8, "digit"), "_", chars("p-gl", 30), ".", chars("p-gm", 60), ".", chars("p-gn", 43))
  ],
  ["gitlab", glue("gl", "pat-", chars("p-gp", 20))],
  ["grafana", glue("gl", "c_", chars("p-g1", 60))],
  ["grafana", glue("gl", "sa_", chars("p-g2", 32), "_", chars("p-g3", 8, "hex"))],
  [
    "1password",
    // The closing brace has to be an encoded group of its own.
    glue(
      "op",
      "s_",
      [0, 1, 2]
        .map((more) => Buffer.from(JSON.stringify({ key: chars("p-op", 120 + more) })).toString("base64"))
        .find((word) => word.endsWith("fQ==")) ?? ""
    )
  ],
  ["database-connection-string", glue("mongodb+srv", "://app:", chars("p-d1", 20), "@db.acme.io/orders")],
  ["database-connection-string", glue("mysql", "://app:", chars("p-d2", 20), "@db.acme.io/orders")],
  ["database-connection-string", glue("postgres", "://app:", chars("p-d3", 20), "@db.acme.io/orders")],
  ["hashicorp-vault", glue("hv", "s.", chars("p-v1", 95))],
  ["hashicorp-vault", glue("hv", "b.", chars("p-v2", 150))],
  ["hashicorp-vault", glue("hv", "r.", chars("p-v3", 95))],
  ["vercel", glue("vc", "p_", chars("p-ve", 30))],
  ["databricks", glue("da", "pi", chars("p-da", 32, "hex"))],
  ["docker", glue("dckr", "_pat_", chars("p-do", 27))],
  ["figma", glue("fi", "gd_", chars("p-fi", 44))]
]

/** The sixteen that a configuration file must not hold, with the line's key. */
export const configSeeds: ReadonlyArray<readonly [key: string, secret: string]> = [
  ["aws_id", glue("AK", "IA", chars("c-1", 16, "upper"))],
  ["aws_secret_access_key", chars("c-2", 40)],
  ["github", glue("gh", "p_", chars("c-3", 36))],
  ["github_fine", glue("github", "_pat_", chars("c-4", 22), "_", chars("c-5", 59))],
  ["gitlab", glue("gl", "pat-", chars("c-6", 20))],
  ["slack", glue("xo", "xb-", chars("c-7", 12, "digit"), "-", chars("c-8", 24))],
  ["stripe", glue("sk_", "live_", chars("c-9", 24))],
  ["google", glue("AI", "za", "Sy", chars("c-10", 33))],
  ["openai", glue("sk", "-proj-", chars("c-11", 74), "T3Blbk", "FJ", chars("c-12", 74))],
  ["anthropic", glue("sk-", "ant-", "api03-", chars("c-13", 93, "url"), "AA")],
  ["npm", glue("np", "m_", chars("c-14", 36))],
  [
    "jwt",
    glue(
      "ey",
      "JhbGciOiJIUzI1NiJ9.",
      "ey",
      Buffer.from('{"sub":"ops","iat":1700000000}').toString("base64url").slice(2),
      ".",
      chars("c-15", 43)
    )
  ],
  ["pem", glue("-----BEGIN RSA PRI", "VATE KEY-----\\nMI", chars("c-16", 400), "\\n-----END RSA PRI", "VATE KEY-----")],
  ["url", glue("postgres", "://app:", chars("c-17", 20), "@db.acme.io/orders")],
  ["api_key", chars("c-18", 32, "hex")],
  ["db_password", glue("correct", "-horse", "-9")]
]
