/** Forms by which a secret gives itself away, and what only looks like one. */

export interface Form {
  /** As in "an AWS access key id". */
  readonly kind: string
  /** One of these opens it; a text without any is not looked into. */
  readonly prefixes: ReadonlyArray<string>
  /** Sticky at the prefix; group 1 where the secret is less than the match. */
  readonly form: RegExp
  readonly severity?: "critical" | "high" | "medium" | "low"
}

const word = "(?![A-Za-z0-9_])"

/** Anything before it would make it another word. */
export const forms: ReadonlyArray<Form> = [
  {
    kind: "an AWS access key id",
    prefixes: ["AKIA", "ASIA", "ABIA", "ACCA", "A3T"],
    form: /(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/y
  },
  {
    kind: "a GitHub token",
    prefixes: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
    form: /gh[pousr]_(?:[0-9]{1,20}_[\w-]{1,1000}\.[\w-]{1,4000}\.[\w-]{1,1000}|[A-Za-z0-9]{36,255})(?![A-Za-z0-9_])/y,
    severity: "critical"
  },
  {
    kind: "a GitHub token",
    prefixes: ["github_pat_"],
    form: new RegExp(`github_pat_[A-Za-z0-9_]{36,255}${word}`, "y"),
    severity: "critical"
  },
  {
    kind: "a GitLab token",
    prefixes: ["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-", "glagent-"],
    form: /gl(?:pat|dt|rt|cbt|ptt|soat|agent)-[\w.-]{20,300}/y
  },
  {
    kind: "a Slack token",
    prefixes: ["xoxb-", "xoxp-", "xapp-", "xoxa-", "xoxo-", "xoxr-", "xoxe-", "xoxs-", "xoxe."],
    form: /(?:xox[abeoprs]|xapp)[-.](?:[A-Za-z0-9]{1,80}[-.]){1,8}[A-Za-z0-9]{8,180}(?![A-Za-z0-9])/y
  },
  {
    kind: "a Slack webhook",
    prefixes: ["hooks.slack.com/"],
    form: /hooks\.slack\.com\/(?:services|workflows)\/T[A-Za-z0-9]{5,40}\/[A-Z][A-Za-z0-9]{5,40}\/[A-Za-z0-9]{12,60}/y
  },
  { kind: "an npm token", prefixes: ["npm_"], form: new RegExp(`npm_[A-Za-z0-9]{36}${word}`, "y") },
  {
    kind: "an OpenAI key",
    prefixes: ["sk-proj-", "sk-svcacct-", "sk-admin-"],
    form: /sk-(?:proj|svcacct|admin)-[\w-]{40,250}/y,
    severity: "critical"
  },
  {
    kind: "an Anthropic key",
    prefixes: ["sk-ant-"],
    form: /sk-ant-(?:api|admin|oat|ort)\d\d-[\w-]{60,200}/y,
    severity: "critical"
  },
  { kind: "an OpenRouter key", prefixes: ["sk-or-"], form: /sk-or-v1-[0-9a-f]{64}/y },
  { kind: "an API key", prefixes: ["sk-"], form: /sk-[A-Za-z0-9]{32,64}(?![\w-])/y },
  {
    kind: "a live Stripe key",
    prefixes: ["sk_live_", "rk_live_"],
    form: /[rs]k_live_[A-Za-z0-9]{16,250}(?![A-Za-z0-9])/y,
    severity: "critical"
  },
  {
    kind: "a Stripe test key",
    prefixes: ["sk_test_", "rk_test_"],
    form: /[rs]k_test_[A-Za-z0-9]{16,250}(?![A-Za-z0-9])/y,
    severity: "medium"
  },
  { kind: "a Stripe webhook secret", prefixes: ["whsec_"], form: /whsec_[A-Za-z0-9+/=]{24,120}/y },
  { kind: "a Google API key", prefixes: ["AIza"], form: /AIza[\w-]{35}(?![\w-])/y },
  { kind: "a Google client secret", prefixes: ["GOCSPX-"], form: /GOCSPX-[\w-]{28}(?![\w-])/y },
  { kind: "a Google access token", prefixes: ["ya29."], form: /ya29\.[\w-]{40,400}/y },
  {
    kind: "a Hugging Face token",
    prefixes: ["hf_", "api_org_"],
    form: /(?:hf|api_org)_[A-Za-z0-9]{34}(?![A-Za-z0-9])/y
  },
  { kind: "a SendGrid key", prefixes: ["SG."], form: /SG\.[\w-]{16,64}\.[\w-]{16,128}/y },
  { kind: "a Twilio key", prefixes: ["SK"], form: /SK[0-9a-f]{32}(?![A-Za-z0-9])/y },
  { kind: "a DigitalOcean token", prefixes: ["dop_v1_", "doo_v1_", "dor_v1_"], form: /do[opr]_v1_[0-9a-f]{64}/y },
  { kind: "a Docker token", prefixes: ["dckr_pat_", "dckr_oat_"], form: /dckr_[po]at_[\w-]{27,60}/y },
  { kind: "a PyPI token", prefixes: ["pypi-"], form: /pypi-AgE[\w-]{50,400}/y },
  { kind: "a Groq key", prefixes: ["gsk_"], form: /gsk_[A-Za-z0-9]{40,60}(?![A-Za-z0-9])/y },
  { kind: "an xAI key", prefixes: ["xai-"], form: /xai-[A-Za-z0-9]{70,90}/y },
  { kind: "a Linear key", prefixes: ["lin_api_"], form: /lin_api_[A-Za-z0-9_]{32,128}/y },
  { kind: "a Notion token", prefixes: ["ntn_"], form: /ntn_[0-9]{11}[A-Za-z0-9]{35}/y },
  {
    kind: "a Shopify token",
    prefixes: ["shpat_", "shpca_", "shppa_", "shpss_"],
    form: /shp(?:at|ca|pa|ss)_[A-Za-z0-9]{32,64}/y
  },
  {
    kind: "a Grafana token",
    prefixes: ["glc_", "glsa_"],
    form: /gl(?:c_[A-Za-z0-9+/]{32,400}={0,2}|sa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8})/y
  },
  { kind: "a Vault token", prefixes: ["hvs.", "hvb.", "hvr."], form: /hv[sbr]\.[\w-]{24,300}/y },
  {
    kind: "a Vercel token",
    prefixes: ["vcp_", "vci_", "vca_", "vcr_", "vck_"],
    form: /vc[piark]_[A-Za-z0-9]{20,60}(?![A-Za-z0-9])/y
  },
  { kind: "a Databricks token", prefixes: ["dapi"], form: /dapi[A-Fa-f0-9]{32}(?:-[0-9])?(?![A-Fa-f0-9])/y },
  { kind: "a Figma token", prefixes: ["figd_"], form: /figd_[\w-]{40,200}/y },
  { kind: "a 1Password token", prefixes: ["ops_ey"], form: /ops_ey[A-Za-z0-9+/=]{100,1400}/y },
  { kind: "a Telegram bot token", prefixes: [":AA"], form: /:AA[\w-]{33}(?![\w-])/y },
  { kind: "a JSON Web Token", prefixes: ["eyJ"], form: /eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{16,2000}/y },
  { kind: "an age key", prefixes: ["AGE-SECRET-KEY-1"], form: /AGE-SECRET-KEY-1[0-9A-Z]{58}/y, severity: "critical" }
]

const cues =
  /(?:^\$[A-Za-z_]{2,}|your|my|the|some|any|insert|put|enter|change[-_ ]?me|changeme|replace|placeholder|example|sample|dummy|fake|redacted|secret[-_]?here|goes[-_]?here|here$|todo|fixme|lorem|foobar|test[-_]?(?:key|token|secret)|not[-_]?(?:a[-_]?)?real|xxx|\*\*\*|\.\.\.|…|<|>|\$\{|\$\(|\{\{|%\(|process\.env|os\.environ|getenv|import\.meta|secrets\.|vault:|op:\/\/|ref\+|!vault|env\[)/i

/** Ids and keys that a provider's own documentation uses. */
const documented = [
  "EXAMPLE",
  "wJalrXUtnFEMI",
  "je7MtGbClwBF",
  "1234567890abcdef",
  "0123456789abcdef",
  "abcdefghijklmnop",
  "ABCDEFGHIJKLMNOP",
  "4eC39HqLyjWDarjtT1zdp7dc"
]

/** One character over and over, or two in turn. */
const isMonotonous = (text: string): boolean => {
  const most = Math.max(3, Math.min(6, text.length / 8))
  const seen: Array<string> = []
  for (const character of text.slice(0, 200)) {
    if (seen.includes(character)) continue
    if (seen.push(character) > most) return false
  }
  return true
}

/** What stands for a secret in documentation, and is none. `body` is the secret without its prefix. */
export const isPlaceholder = (secret: string): boolean => {
  const body = secret.replace(/^(?:[a-z]{2,6}[-_])+/i, "")
  return (
    documented.some((each) => secret.includes(each)) ||
    isMonotonous(body.length >= 6 ? body : secret) ||
    /(?:example|placeholder|your[-_]?|x{5,}|X{5,}|0{8,}|1{8,}|a{8,}|12345678|\.{3}|…|abcdefgh)/i.test(body)
  )
}

/** What a value says that is no secret but a name, a reference or a word. */
export const isReference = (value: string): boolean => cues.test(value)

/** Shannon entropy in bits a character. */
export const entropy = (text: string): number => {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}
