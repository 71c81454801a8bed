/** Commands that destroy a machine, or hand it to somebody else. */
import type { Severity } from "../Finding.ts"
import { eachOf, endOf, startOf, type Words, wordSet } from "../words.ts"
import { ahead, behind, instruction, type Place } from "./instructionKit.ts"

interface Form {
  readonly after: RegExp
  readonly severity?: Severity
  readonly before?: RegExp
}

const everywhere =
  /^(?:\.exe)?((?:\s+-{1,2}[\w-]+)+)\s+(?:--\s+)?["']?(\/(?:\*|\s|["'`);&|]|$)|\/(?:etc|usr|bin|home|var|boot|lib|opt|root|Users|System)\/?(?:\*|\s|["'`);&|]|$)|~\/?(?:\*|\s|["'`);&|]|$)|\$\{?HOME\}?\/?(?:\*|\s|["'`);&|]|$)|[A-Z]:\\?(?:\*|\s|$))/

const destroyers: Record<string, Form> = {
  mkfs: { after: /^(?:\.\w+)?\s+(?:-\w+\s+\S+\s+){0,3}\/dev\/\w+/ },
  dd: { after: /^\s[^\n]{0,120}\bof=\/dev\/(?:sd|nvme|hd|vd|disk|mmcblk)/ },
  shred: { after: /^\s[^\n]{0,80}\/dev\/(?:sd|nvme|hd|vd|disk)|^\s[^\n]{0,40}\s(?:~|\/|\$HOME)\/?(?:\s|$)/ },
  wipefs: { after: /^\s[^\n]{0,40}(?:-a|--all)[^\n]{0,40}\/dev\// },
  format: { after: /^(?:\.com)?\s+[a-z]:(?:\s|$|["'`])/i },
  del: { after: /^\s+(?:\/[fsq]\s+){2,}["']?[a-z]:\\/i },
  rd: { after: /^\s+(?:\/[sq]\s+){1,}["']?[a-z]:\\/i },
  find: { after: /^\s+(?:\/|~|\$HOME)\s[^\n]{0,80}(?:-delete\b|-exec\s+rm\b)/ },
  item: {
    before: /remove-$/i,
    after:
      /^(?=[^\n]{0,80}-recurse)[^\n]{0,100}\s["']?(?:[a-z]:\\(?:\*|\s|["'`]|$)|~|\/(?:\s|$)|\$env:userprofile|\$HOME)/i
  },
  chmod: { after: /^\s+(?:-R|--recursive)\s+[0-7ugoa+=rwx]{1,9}\s+\/(?:\s|["'`]|$)/ },
  chown: { after: /^\s+(?:-R|--recursive)\s+[\w:.-]+\s+\/(?:\s|["'`]|$)/ }
}

const rm = wordSet("rm")
const other = wordSet(Object.keys(destroyers).join(" "))
const devices = /(?:^|\s)>\s*\/dev\/(?:sd[a-z]|nvme\d|hd[a-z]|vd[a-z]|disk\d)/g

const removes = (words: Words): ReadonlyArray<Place> =>
  eachOf(words, rm).flatMap((at) => {
    const found = everywhere.exec(ahead(words.text, endOf(words, at), 120))
    const flags = found?.[1] ?? ""
    if (found === null || !/\s-\w*r|--recursive|\s-\w*R/.test(flags)) return []
    return [
      {
        start: startOf(words, at),
        end: endOf(words, at) + found[0].trimEnd().length,
        says: "Deletes everything below a root or home folder"
      }
    ]
  })

const destroys = (words: Words): ReadonlyArray<Place> =>
  eachOf(words, other).flatMap((at) => {
    const { text } = words
    const form = destroyers[text.slice(startOf(words, at), endOf(words, at)).toLowerCase()]
    if (form === undefined) return []
    const left = form.before?.exec(behind(text, startOf(words, at), 12))
    const found = form.after.exec(ahead(text, endOf(words, at), 160))
    if (left === null || found === null) return []
    return [
      {
        start: startOf(words, at) - (left?.[0].length ?? 0),
        end: endOf(words, at) + found[0].trimEnd().length,
        says: "Destroys a disk or the whole file system",
        ...(form.severity === undefined ? {} : { severity: form.severity })
      }
    ]
  })

const literal = (text: string): ReadonlyArray<Place> => {
  const found: Array<Place> = []
  if (text.includes("/dev/"))
    for (const match of text.matchAll(devices))
      found.push({ start: match.index, end: match.index + match[0].length, says: "Writes over a disk" })
  for (let at = text.indexOf(":|:"); at >= 0; at = text.indexOf(":|:", at + 3))
    if (/:\(\)\s*\{\s*$/.test(behind(text, at, 12)))
      found.push({
        start: at - (/:\(\)\s*\{\s*$/.exec(behind(text, at, 12))?.[0].length ?? 0),
        end: at + 3,
        says: "Starts processes until the machine stops"
      })
  return found
}

export const destructiveCommand = instruction(
  {
    id: "destructive-command",
    title: "Destroys what cannot be brought back",
    severity: "high",
    why: "One run deletes a home folder, a disk or a whole system, and no backup of this tool helps.",
    remedy: "Name the very folder that may be deleted, inside the project."
  },
  (words) => [...removes(words), ...destroys(words), ...literal(words.text)]
)

const says = "Opens a shell on this machine to somebody else"

const shellWords = wordSet("tcp udp nc ncat netcat socat mkfifo fsockopen tcpclient openssl dup2 pty tcpsocket")

const shells: Record<string, Form> = {
  tcp: { before: /\/dev\/$/, after: /^\/["'`$\w{<[]/ },
  udp: { before: /\/dev\/$/, after: /^\/["'`$\w{<[]/ },
  nc: {
    after:
      /^(?:\s+-{1,2}[\w-]+|\s+[\w.${}<>-]+){0,5}?\s+(?:-[a-z]*[ec]|--exec|--sh-exec)\s+\S*(?:sh|cmd|powershell|python)/i
  },
  socat: { after: /^[^\n]{0,120}\bexec:/i },
  mkfifo: { after: /^[^\n]{0,200}\b(?:nc|ncat|netcat|telnet|openssl\s+s_client)\b/ },
  fsockopen: { after: /^\s*\([^\n]{0,160}(?:exec|proc_open|shell_exec|\/sh)/ },
  tcpclient: { after: /^[^\n]{0,300}(?:getstream|iex)/i },
  dup2: { after: /^\s*\([^\n]{0,20}fileno\(\)/ },
  tcpsocket: { after: /^[^\n]{0,120}(?:exec|popen|spawn)/ }
}
const shellForm = (word: string): Form | undefined => shells[word === "ncat" || word === "netcat" ? "nc" : word]

const interactive = /(?:\b(?:ba|z|da|k)?sh\s+-i\b|\bexec\s+\d+<>|0>&1|>&\s*$|<&\d)/

const backwards = (words: Words): ReadonlyArray<Place> =>
  eachOf(words, shellWords).flatMap((at) => {
    const { text } = words
    const start = startOf(words, at)
    const end = endOf(words, at)
    const word = text.slice(start, end).toLowerCase()
    const form = shellForm(word)
    if (form === undefined) return []
    const left = form.before?.exec(behind(text, start, 8))
    const after = ahead(text, end, 320)
    const found = form.after.exec(after)
    if (left === null || found === null) return []
    if (left === undefined) return [{ start, end: end + found[0].length, says }]
    const before = behind(text, start, 120)
    const line = before.slice(before.lastIndexOf("\n") + 1)
    const address = /^\/[^\s"'`]{0,80}/.exec(after)?.[0].length ?? 0
    const run = interactive.exec(`${line}${after.slice(0, 80).split("\n")[0] ?? ""}`)
    const from = start - (run === null || run.index >= line.length ? left[0].length : line.length - run.index)
    // A connection alone may be a look whether a port is open.
    return [{ start: from, end: end + address, says, ...(run === null ? { severity: "low" as const } : {}) }]
  })

export const reverseShell = instruction(
  {
    id: "reverse-shell",
    title: "Reverse shell",
    severity: "critical",
    why: "Somebody on the network gets a shell with the rights of the person who runs the agent.",
    remedy: "Remove it, and treat every machine on which this agent ran as taken over."
  },
  backwards
)
