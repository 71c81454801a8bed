/** What outlives the session: start-up files, timers, hooks, other agents. */
import type { Severity } from "../Finding.ts"
import { eachOf, endOf, startOf, type Words, wordSet } from "../words.ts"
import { ahead, behind, instruction, pathBefore, type Place } from "./instructionKit.ts"

const targets = wordSet(
  "bashrc zshrc bash_profile profile zshenv zprofile zlogin bash_login bash_aliases crontab cron systemd systemctl launchagents " +
    "launchdaemons launchctl hooks hookspath settings agents claude authorized_keys autostart currentversion schtasks rc config_fish " +
    "fish mcp startup scheduledtask xinitrc xprofile commands sudoers"
)

interface Target {
  readonly before?: RegExp
  readonly after?: RegExp
  /** How bad it is to write there. */
  readonly severity: Severity
  /** It writes by itself: `systemctl enable`. */
  readonly acts?: RegExp
  readonly name: string
}

const shell = (name: string): Target => ({ before: /[.~]$/, severity: "high", name })

const known: Record<string, Target> = {
  bashrc: shell("~/.bashrc"),
  zshrc: shell("~/.zshrc"),
  bash_profile: shell("~/.bash_profile"),
  bash_login: shell("~/.bash_login"),
  bash_aliases: shell("~/.bash_aliases"),
  zshenv: shell("~/.zshenv"),
  zprofile: shell("~/.zprofile"),
  zlogin: shell("~/.zlogin"),
  xinitrc: shell("~/.xinitrc"),
  xprofile: shell("~/.xprofile"),
  profile: {
    before: /(?:(?:~|home\/\w+|HOME\}?)\/\.|\/etc\/|\s\.|\$)$/i,
    severity: "high",
    name: "the shell's profile"
  },
  fish: { after: /^\/(?:config\.fish|conf\.d)/, severity: "high", name: "fish's configuration" },
  rc: { before: /\/etc\/$/, after: /^\.(?:local|d)/, severity: "high", name: "/etc/rc.local" },
  sudoers: { before: /\/etc\/$/, severity: "high", name: "/etc/sudoers" },
  crontab: {
    acts: /^\s+(?:-\s*(?:$|[\s"'`);&|])|-\s*<<|\/tmp|[\w./-]+\.(?:txt|cron))/,
    severity: "high",
    name: "crontab"
  },
  cron: { after: /^\.(?:d|daily|hourly|weekly|monthly)\b/, severity: "high", name: "/etc/cron" },
  systemd: {
    before: /(?:\/etc\/|\.config\/|\/lib\/)$/,
    after: /^\/(?:system|user)/,
    severity: "high",
    name: "a systemd unit"
  },
  systemctl: { acts: /^\s+(?:--user\s+)?(?:--now\s+)?enable\b/, severity: "medium", name: "a systemd unit" },
  launchagents: { severity: "high", name: "a launch agent" },
  launchdaemons: { severity: "high", name: "a launch daemon" },
  launchctl: { acts: /^\s+(?:load|bootstrap|enable)\b/, severity: "high", name: "a launch agent" },
  hooks: { before: /\.(?:git|claude)\/$/, severity: "high", name: "the hooks" },
  hookspath: { before: /core\.$/i, acts: /^[\s=]+[^\s"'`|]/, severity: "high", name: "git's hooks" },
  settings: { before: /\.claude\/$/, after: /^(?:\.local)?\.json/, severity: "high", name: "Claude Code's settings" },
  agents: { before: /\.claude\/$/, severity: "low", name: ".claude/agents" },
  commands: { before: /\.claude\/$/, severity: "low", name: ".claude/commands" },
  claude: { before: /(?:^|[\s"'`/(>~])$/, after: /^\.md\b/, severity: "low", name: "CLAUDE.md" },
  mcp: { before: /[\s"'`/.]$/, after: /^\.json\b/, severity: "medium", name: ".mcp.json" },
  authorized_keys: { severity: "high", name: "authorized_keys" },
  autostart: { before: /[/\\]$/, severity: "high", name: "autostart" },
  currentversion: { after: /^\\{1,2}Run/i, severity: "high", name: "the registry's Run key" },
  schtasks: { acts: /^(?:\.exe)?\s+\/create/i, severity: "high", name: "a scheduled task" },
  scheduledtask: { before: /(?:register|new)-$/i, acts: /^/, severity: "high", name: "a scheduled task" },
  startup: { before: /programs[/\\]+$/i, severity: "high", name: "the Startup folder" }
}

/** Just before the path: `>> `, `tee -a `, `cp x `, `sed -i … `. */
const writes =
  /(?:>{1,2}\s*|\btee\s+(?:-a\s+)?|\b(?:cp|mv|ln|install|rsync|scp)\s+[^\n|;&]{1,120}\s|\bsed\s+-i[^\n|;&]{0,120}\s|\bcat\s*>{1,2}\s*|\bopen\(\s*|\bwrite(?:_text|file\w*)?\(\s*|\bcurl\s[^\n|;&]{1,160}-o\s*|\bappendfile\w*\(\s*)["'`]?[~$\w{}./\\:()"'-]*$/i
const verbs =
  /\b(?:append|add|write|insert|install|put|place|copy|save|register|modify|overwrite|inject|symlink|drop|create|edit|update|set|change)\b(?:[\s"`(,:*]+[^\s"`(,:*]+){0,9}[\s"`(,:*]*$/i
const verbAndPlace =
  /\b(?:to|into|in|under|onto|at|modify|edit|overwrite|update|create|write|install|register|inside|a)\s+(?:\w+['’]?s?\s+){0,3}["'`(]{0,2}$/i
const piped = /\|\s*(?:sudo\s+)?$/

const placeOf = (words: Words, at: number): ReadonlyArray<Place> => {
  const { text } = words
  const start = startOf(words, at)
  const end = endOf(words, at)
  const target = known[text.slice(start, end).toLowerCase()]
  if (target === undefined) return []
  const before = behind(text, start, 170)
  const after = ahead(text, end, 60)
  if (target.before !== undefined && !target.before.test(before.slice(-40))) return []
  if (target.after !== undefined && !target.after.test(after)) return []
  const line = before.slice(before.lastIndexOf("\n") + 1)
  const head = pathBefore(text, start, line.length)
  const path = start - head
  const tail = /^[\w./\\-]*/.exec(after)?.[0].length ?? 0
  const found = (from: number, severity: Severity): ReadonlyArray<Place> => [
    { start: from, end: end + tail, says: `Writes to ${target.name}, which outlives this session`, severity }
  ]
  if (target.acts !== undefined) {
    if (target.acts.test(after)) {
      const from = piped.test(line.slice(0, line.length - head))
        ? start - line.length + Math.max(0, line.search(/\S/))
        : path
      return found(from, target.severity)
    }
    if (target.name !== "crontab") return []
  }
  const isHome = /(?:~|\$HOME|\$\{HOME\}|\/home\/\w+|\/root)\/\.?$/.test(
    before
      .slice(0, before.length)
      .slice(-24)
      .replace(/\.claude\/$/, "")
  )
  const severity: Severity = target.severity === "low" && isHome ? "high" : target.severity
  const command = writes.exec(line)
  if (command !== null) return found(start - line.length + command.index, severity)
  const said = line.slice(0, line.length - head)
  // A sentence may be wrapped; the verb stands in this one.
  const sentence = said.slice(Math.max(said.lastIndexOf(". "), said.lastIndexOf("; "), said.length - 120, -1) + 1)
  const verb = verbs.exec(sentence)
  if (verb === null || !verbAndPlace.test(sentence)) return []
  const from = path - sentence.length + verb.index
  return found(from, severity)
}

export const persistence = instruction(
  {
    id: "persistence",
    title: "Writes what outlives the session",
    severity: "high",
    why: "What is put into a start-up file, a timer, a hook or Claude Code's settings runs later, when nobody thinks of this agent.",
    remedy: "Let a person install what has to stay, by a script that is reviewed; an agent leaves such files alone."
  },
  (words) => eachOf(words, targets).flatMap((at) => placeOf(words, at))
)
