/** A place where credentials are kept, together with a way out of the machine. */
import type { AuditedFile } from "../AuditedFile.ts"
import { breaks, eachOf, endOf, matches, startOf, type Words, wordSet } from "../words.ts"
import { ahead, behind, instruction, lineEnd, pathBefore, type Place } from "./instructionKit.ts"

interface Mark {
  readonly start: number
  readonly end: number
  /** Says so by itself: `~/.ssh/id_rsa`, `curl -d @-`. The others count only near each other. */
  readonly strong: boolean
  /** Said in words, not as a command. */
  readonly spoken?: boolean
}

const named = wordSet(
  "ssh id_rsa id_ed25519 id_ecdsa id_dsa aws npmrc pypirc netrc env git credentials kube kubeconfig docker gnupg environ printenv " +
    "keychain keychains application_default_credentials hosts cookies logins login gcloud gh secret passwd shadow environment " +
    "process security wallet metamask mnemonic azure credential_store vault known_hosts keyring pgpass my dockercfg envrc tfstate"
)

const sourceForms: Record<string, RegExp> = {
  ssh: /(?:~|home|\$HOME|\}|root|users)?[/\\]?\.$/i,
  aws: /(?:[/\\~]|^|[\s"'`])\.$/,
  npmrc: /\.$/,
  pypirc: /\.$/,
  netrc: /[._]$/,
  kube: /\.$/,
  docker: /\.$/,
  gnupg: /\.$/,
  env: /(?:^|[\s"'`(/@=,<])\.$/,
  envrc: /\.$/,
  git: /\.$/,
  pgpass: /\.$/,
  azure: /\.$/
}

/** What has to follow for these to name a secret. */
const followForms: Record<string, RegExp> = {
  git: /^-credentials/i,
  docker: /^\/config\.json/i,
  aws: /^(?:[/\\](?:cred|config)|[/\\]?["'`\s,)]|$)/i,
  kube: /^[/\\]?(?:config|["'`\s,)]|$)/i,
  login: /^\sData/i,
  hosts: /^\.ya?ml/i,
  gh: /^\sauth\stoken/i,
  security: /^\sfind-(?:generic|internet)-password/i,
  secret: /^-tool\s+(?:lookup|search)/i,
  process: /^\.env\b(?!\.|\[)/,
  gcloud:
    /^[/\\](?:credentials|application_default|access_tokens)|^\sauth\s(?:print-access-token|application-default)/i,
  credentials: /^\.json/i,
  env: /^(?!\.(?:example|sample|template|dist))(?:\.\w+)?(?!\w)/i,
  environment: /^\s+variables?\b/i,
  passwd: /^/,
  shadow: /^/
}

const alone = new Set(
  "id_rsa id_ed25519 id_ecdsa id_dsa kubeconfig printenv application_default_credentials keychain keychains logins cookies mnemonic metamask dockercfg credential_store tfstate".split(
    " "
  )
)

const needsFolder: Record<string, RegExp> = {
  environ: /\/proc\/(?:self|\d+|\*|\$\w+|\$\$)\/$/,
  passwd: /\/etc\/$/,
  shadow: /\/etc\/$/,
  hosts: /gh[/\\]$/,
  environment: /\b(?:all|the|your|every|full|entire|current|shell|process)\s(?:\w+\s)?$/i,
  cookies: /[/\\](?:[\w ]+[/\\])?$|\.$/,
  login: /[/\\"'`]$/,
  logins: /[/\\"'`]$/,
  keychain: /(?:login\.|[/\\]|\bthe\s|\bmacos\s)$/i
}

/** `.env` and the like are named everywhere: they count when the way out is near. */
const weak = new Set(
  "env envrc process environment keychain kubeconfig docker kube tfstate passwd vault wallet".split(" ")
)

const spell = (words: Words, at: number): string => words.text.slice(startOf(words, at), endOf(words, at)).toLowerCase()

const sources = (words: Words): ReadonlyArray<Mark> =>
  eachOf(words, named).flatMap((at) => {
    const { text } = words
    const word = spell(words, at)
    const start = startOf(words, at)
    const end = endOf(words, at)
    const before = behind(text, start, 60)
    const folder = needsFolder[word] ?? sourceForms[word]
    const follow = followForms[word]
    if (word === "env" && /(?:^|[\s`;&|(])$/.test(before) && /^\s*\|/.test(ahead(text, end, 6)))
      return [{ start, end, strong: true }]
    if (folder === undefined && follow === undefined && !alone.has(word)) return []
    if (folder !== undefined && !folder.test(before)) return []
    if (follow !== undefined && !follow.test(ahead(text, end, 50))) return []
    const head = pathBefore(text, start, before.length)
    const tail = /^[/\\.\w-]*/.exec(ahead(text, end, 80))?.[0].length ?? 0
    return [{ start: start - head, end: end + tail, strong: !weak.has(word) }]
  })

const holders = wordSet("credentials credential secrets passwords tokens keys key password token secret envvars")
const qualifies =
  /\b(?:api|ssh|private|access|auth(?:entication)?|aws|cloud|github|user'?s?|their|stored|saved|session|all|any|every|found|these|the)[\s/_-]+(?:\w+[\s/_-]+)?$/i
const gathering = wordSet(
  "read collect gather find harvest extract grab copy dump cat list retrieve scrape steal capture get take locate open load include print"
)

/** A variable that holds a secret: ordinary in a request of its own service, not in a sentence that sends it. */
const variables = (text: string): ReadonlyArray<Mark> =>
  text.includes("_")
    ? [...text.matchAll(/\$\{?[A-Z][A-Z0-9]{1,30}(?:_[A-Z0-9]{1,20}){0,4}_(?:KEY|TOKEN|SECRET|PASSWORD)\b/g)].map(
        (match) => ({
          start: match.index,
          end: match.index + match[0].length,
          strong: false,
          spoken: true
        })
      )
    : []

/** "Collect all API keys": no path, but plain enough beside an address in the same sentence. */
const spokenSources = (words: Words): ReadonlyArray<Mark> =>
  matches(words, [gathering, [8, holders]]).flatMap((match) => {
    const [first = 0, last = 0] = match
    if (!qualifies.test(behind(words.text, startOf(words, last), 40))) return []
    return [{ start: startOf(words, first), end: endOf(words, last), strong: false }]
  })

const ways = wordSet(
  "curl wget nc ncat netcat socat webhook webhooks requestbin pipedream pastebin ngrok hookbin beeceptor burpcollaborator oast " +
    "gist dig nslookup host scp rsync sftp ftp mail sendmail mailx telnet requests axios fetch httpx post xmlhttprequest sendbeacon " +
    "invoke webrequest restmethod smtplib ping http s_client"
)

const address = /https?:\/\/(?!(?:localhost|127\.|0\.0\.0\.0|\[::1\]))|\$\{?\w*(?:URL|HOST|ENDPOINT|WEBHOOK)\w*/i

const wayForms: Record<string, RegExp> = {
  curl: /^[^\n]{0,200}?\s(?:-d|-D\s@-|--data[\w-]*|-F|--form|-T|--upload-file|--json|-X\s?(?:POST|PUT)|--request\s(?:POST|PUT)|-G)|^[^\n]{0,160}?https?:[^\s]*(?:\$\(|\$\{|`|\$[A-Z_])/,
  wget: /^[^\n]{0,200}?--(?:post-data|post-file|body-data|body-file|method[= ]POST)|^[^\n]{0,160}?https?:[^\s]*(?:\$\(|\$\{|`)/i,
  nc: /^\s+(?:-\w+\s+)*[\w.$-]+\s+\d{2,5}/,
  ncat: /^\s+(?:-{1,2}[\w-]+\s+)*[\w.$-]+\s+\d{2,5}/,
  netcat: /^\s+(?:-\w+\s+)*[\w.$-]+\s+\d{2,5}/,
  socat: /^[^\n]{0,80}(?:tcp|udp|openssl)/i,
  s_client: /^[^\n]{0,40}-connect\s/,
  telnet: /^\s+[\w.-]+\s+\d{2,5}/,
  gist: /^\s+create\b/,
  dig: /^[^\n]{0,40}(?:\$\(|\$\{|`|\$\w)/,
  nslookup: /^[^\n]{0,40}(?:\$\(|\$\{|`|\$\w)/,
  host: /^\s+(?:"?\$\(|`)/,
  ping: /^[^\n]{0,40}(?:\$\(|\$\{|`)/,
  scp: /^[^\n]{0,120}\s[\w.-]+@?[\w.-]+:/,
  rsync: /^[^\n]{0,120}\s[\w.-]+@[\w.-]+:/,
  sftp: /^\s+[\w.-]+@/,
  ftp: /^\s+(?:-\w+\s+)?[\w-]+\.[\w.-]+/,
  mail: /^\s+-s\s/,
  mailx: /^\s/,
  sendmail: /^\s+[\w.-]+@|^\(/,
  requests: /^\.(?:post|put)\(/,
  httpx: /^\.(?:post|put)\(/,
  axios: /^\.(?:post|put)\(/,
  fetch: /^\([^\n]{0,160}(?:method["']?\s*:\s*["'](?:POST|PUT)|\$\{|\+)/i,
  xmlhttprequest: /^/,
  sendbeacon: /^\(/,
  smtplib: /^/,
  webrequest: /^[^\n]{0,200}-(?:method\s+post|body)/i,
  restmethod: /^[^\n]{0,200}-(?:method\s+post|body)/i,
  post: /^\s+["'`<]?https?:\/\//i,
  http: /^\s+post\s/i,
  pastebin: /^\.com/i,
  ngrok: /^(?:-free)?\.(?:io|app|dev)/i,
  burpcollaborator: /^\.net/i,
  oast: /^\.\w+/i,
  pipedream: /^\.net/i
}

const bareWays = new Set("webhook webhooks requestbin hookbin beeceptor".split(" "))
const needsAddress = new Set("curl wget requests httpx axios fetch".split(" "))

const sinks = (words: Words): ReadonlyArray<Mark> =>
  eachOf(words, ways).flatMap((at) => {
    const { text } = words
    const word = spell(words, at)
    const start = startOf(words, at)
    const end = endOf(words, at)
    const after = ahead(text, end, 260)
    const form = wayForms[word]
    if (bareWays.has(word)) {
      const inAddress =
        /(?:https?:\/\/[\w./-]*|hooks\.slack\.com\/[\w./-]*|discord(?:app)?\.com\/api\/)$/i.test(
          behind(text, start, 80)
        ) || /^\.(?:site|com|net|io)/i.test(after)
      return inAddress ? [{ start, end: end + 20, strong: true }] : []
    }
    if (form === undefined || !form.test(after)) return []
    const stop = Math.min(lineEnd(text, end), end + 260)
    const command = text.slice(end, continued(text, stop, end + 400))
    if (needsAddress.has(word) && !address.test(command) && !/\b[\w-]+\.[a-z]{2,}(?:\/|\s|$)/i.test(command)) return []
    if (needsAddress.has(word) && /\/\/(?:localhost|127\.|0\.0\.0\.0)/.test(command)) return []
    return [{ start, end: stop, strong: true }]
  })

/** A command goes on behind a backslash. */
const continued = (text: string, stop: number, most: number): number => {
  let end = stop
  while (end < most && text.charCodeAt(end - 1) === 92) end = lineEnd(text, end + 1)
  return Math.min(end, most)
}

const sending = wordSet(
  "send post upload transmit exfiltrate forward email mail leak deliver submit attach append embed comment paste publish push copy put include relay beacon ship return report pass"
)
const places = wordSet(
  "https http webhook server endpoint gist pastebin issue comment collector attacker bucket channel telegram discord slack url address pr dns"
)

/** "Send them to https://…", "e-mail it to x@y.z", "put it into a comment of the issue". */
const spokenSinks = (words: Words): ReadonlyArray<Mark> => {
  const { text } = words
  const found: Array<Mark> = []
  for (const match of matches(words, [sending, [16, places]])) {
    const [first = 0, last = 0] = match
    const word = spell(words, last)
    const start = startOf(words, first)
    const end = endOf(words, last)
    const between = text.slice(endOf(words, first), startOf(words, last))
    const verb = spell(words, first)
    if (word === "https" || word === "http") {
      if (!address.test(text.slice(startOf(words, last), end + 60))) continue
      const toward = /\b(?:to|at|via|into|in|through|with|url)\b\W*$/i.test(between) || verb === "post"
      found.push({ start, end: end + 20, strong: toward, spoken: true })
    } else if (
      /\b(?:to|in|into|as|on|via|through)\s+(?:\w+\s+){0,4}$/i.test(between) &&
      !/^(?:include|report|return|pass|copy)$/.test(verb)
    ) {
      found.push({ start, end, strong: /^(?:webhook|gist|pastebin|attacker|collector|telegram|discord)$/.test(word) })
    }
  }
  if (text.includes("@"))
    for (const at of eachOf(words, sending)) {
      const end = endOf(words, at)
      const found_ = /^[^\n]{0,140}?\b(?:to|at)\s+[<"'`(]{0,2}[\w.+-]{1,40}@[\w-]{1,40}\.[a-z]{2,}/i.exec(
        ahead(text, end, 200)
      )
      if (found_ !== null) found.push({ start: startOf(words, at), end: end + found_[0].length, strong: true })
    }
  return found
}

/** Where a section starts: each heading, and the body. */
const sectionsOf = (file: AuditedFile): ReadonlyArray<number> => {
  const starts = [file.body.start]
  for (let at = file.text.indexOf("\n#", file.body.start); at >= 0; at = file.text.indexOf("\n#", at + 1))
    if (/^#{1,6} /.test(file.text.slice(at + 1, at + 8))) starts.push(at + 1)
  return starts
}

const indexBefore = (list: ReadonlyArray<number>, offset: number): number => {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] ?? 0) <= offset) low = middle + 1
    else high = middle
  }
  return low - 1
}

const near = 280
const far = 1500

const pairsOf = (file: AuditedFile, from: ReadonlyArray<Mark>, to: ReadonlyArray<Mark>): ReadonlyArray<Place> => {
  const { text } = file
  const sections = sectionsOf(file)
  const starts = from.map((mark) => mark.start)
  const strongOnes = from.filter((mark) => mark.strong)
  const strongStarts = strongOnes.map((mark) => mark.start)
  return to.flatMap((sink) => {
    const around = (list: ReadonlyArray<Mark>, begins: ReadonlyArray<number>) => {
      const at = indexBefore(begins, sink.start)
      return [list[at], list[at + 1]].filter((mark) => mark !== undefined)
    }
    const close = [...around(from, starts), ...around(strongOnes, strongStarts)].filter((source) => {
      const first = Math.min(source.start, sink.start)
      const last = Math.max(source.start, sink.start)
      if (source.spoken === true && sink.spoken !== true) return false
      if (indexBefore(sections, first) !== indexBefore(sections, last)) return false
      if (source.strong && sink.strong) return last - first <= far
      if (source.strong || sink.strong) return last - first <= near
      return last - first <= near && !breaks(text, first, last)
    })
    const nearest = close.toSorted(
      (one, other) => Math.abs(one.start - sink.start) - Math.abs(other.start - sink.start)
    )[0]
    if (nearest === undefined) return []
    const shown = text.slice(nearest.start, Math.min(nearest.end, nearest.start + 60)).replace(/\s+/g, " ")
    const apart = Math.abs(nearest.start - sink.start) > near
    return [
      {
        start: Math.min(nearest.start, sink.start),
        end: Math.max(nearest.end, Math.min(sink.end, sink.start + 200)),
        spokenAt: sink.start,
        says: `A place of credentials (${shown}) is read together with a way out of the machine`,
        ...(apart ? { atMost: "medium" as const, severity: "high" as const } : {})
      }
    ]
  })
}

const contents = wordSet("content contents source files file code diff conversation everything transcript repository")
const whole = /\b(?:every|each|all|everything|entire|whole|conversation|transcript|source code)\b/i
const fed =
  /^[^\n]{0,120}?\s(?:-d|--data(?:-binary|-raw)?|-T|--upload-file|-F|--json)[\s=]*["']?(?:@?-|\w+=@-)(?=["'\s`]|$)/

/** What the agent works on, sent away: no secret by itself, but not the agent's to give. */
const sent = (words: Words): ReadonlyArray<Place> => {
  const { text } = words
  const says = "What the agent works on is sent away"
  const piped = eachOf(words, uploads).flatMap((at): ReadonlyArray<Place> => {
    const start = startOf(words, at)
    const command = ahead(text, endOf(words, at), 260)
    const before = behind(text, start, 160)
    const source =
      /\b(?:git\s+(?:diff|log|show|archive)|cat|tar|find|ls|zip)\b[^\n|]{0,120}\|(?:[^\n|]{0,60}\|){0,2}\s*$/.exec(
        before
      )
    if (source === null || !fed.test(command) || !address.test(command) || /\/\/(?:localhost|127\.)/.test(command))
      return []
    return [{ start: start - before.length + source.index, end: endOf(words, at), says, severity: "medium" }]
  })
  const spoken = matches(words, [sending, [7, contents], [9, away]]).flatMap((match): ReadonlyArray<Place> => {
    const [first = 0, , last = 0] = match
    const said = text.slice(startOf(words, first), startOf(words, last))
    if (
      !whole.test(said) ||
      !/\bto\s+["'`<(]*$/i.test(said) ||
      !address.test(text.slice(startOf(words, last), endOf(words, last) + 60))
    )
      return []
    return [{ start: startOf(words, first), end: endOf(words, last), says, severity: "medium" }]
  })
  return [...piped, ...spoken]
}

const uploads = wordSet("curl wget")
const away = wordSet("https http")

export const credentialExfiltration = instruction(
  {
    id: "credential-exfiltration",
    title: "Credentials sent away",
    severity: "critical",
    why: "The agent reads keys, tokens or passwords of the person who runs it, and hands them to somebody else.",
    remedy: "Remove it, find out who wrote it, and revoke every credential that it could have reached."
  },
  (words, file) => {
    const from = [...sources(words), ...spokenSources(words), ...variables(file.text)].toSorted(
      (one, other) => one.start - other.start
    )
    const plain = sent(words)
    if (from.length === 0) return plain
    const to = [...sinks(words), ...spokenSinks(words)]
    return to.length === 0 ? plain : [...pairsOf(file, from, to), ...plain]
  }
)
