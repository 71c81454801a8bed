/** What is loaded from somewhere and run unseen. */
import { breaks, eachOf, endOf, matches, startOf, type Words, wordSet } from "../words.ts"
import { ahead, behind, instruction, lineEnd, type Place } from "./instructionKit.ts"
import { downloaders, hasAddress, hasTarget, lastBefore, pipedInto, runnerBefore } from "./shellPieces.ts"

const piped = (words: Words, loads: ReadonlyArray<number>): ReadonlyArray<Place> =>
  pipedInto(words).flatMap(({ at, pipe, isShell }) => {
    const load = lastBefore(words, loads, pipe, 600)
    if (load < 0 || (!isShell && !hasTarget(words.text, endOf(words, load)))) return []
    const start = startOf(words, load)
    const command = words.text.slice(start, pipe)
    const aimed = hasTarget(words.text, endOf(words, load)) && hasAddress(command)
    return [
      {
        start,
        end: endOf(words, at),
        says: "A download is piped into a program that runs it",
        ...(aimed ? {} : { atMost: "low" as const })
      }
    ]
  })

/** `bash <(curl …)`, `eval "$(wget …)"`, `iex (iwr …)`, `exec(requests.get(…).text)`. */
const substituted = (words: Words, loads: ReadonlyArray<number>): ReadonlyArray<Place> =>
  loads.flatMap((load) => {
    const start = runnerBefore(words.text, startOf(words, load))
    const end = endOf(words, load)
    const line = ahead(words.text, end, 300)
    if (start < 0 || !hasAddress(line.slice(0, Math.max(0, line.search(/\n/)) || line.length))) return []
    return [
      {
        start,
        end: end + (/^[^\s)]*\s*[^\s)]*/.exec(line)?.[0].length ?? 0),
        says: "What a download answers is run as code"
      }
    ]
  })

const codeRunners = wordSet("exec eval system popen spawn execsync function")
const inCode =
  /^\s*\(\s*(?:compile\(\s*)?(?:await\s+)?(?:\(\s*await\s+)?(?:requests\.get|urllib\d?(?:\.request)?\.|urlopen|fetch\(|httpx\.get|axios\.get|open-uri|open\(["']https?:|file_get_contents\(\s*["']https?:)/i

const executedInCode = (words: Words): ReadonlyArray<Place> =>
  eachOf(words, codeRunners).flatMap((at) =>
    inCode.test(ahead(words.text, endOf(words, at), 80)) ||
    (/\.then\(\s*$/.test(behind(words.text, startOf(words, at), 10)) &&
      /\bfetch\(/.test(behind(words.text, startOf(words, at), 160)))
      ? [{ start: startOf(words, at), end: endOf(words, at) + 60, says: "What a download answers is run as code" }]
      : []
  )

/** The names under which a download is kept: its path, and the last part of it. */
const keptAs = (command: string): ReadonlyArray<string> => {
  const named = /(?:^|\s)(?:-[a-zA-Z]*o|-O|--output(?:-document)?|-OutFile|>)[\s=]*["']?([^\s"'`;&|>]{1,120})/.exec(
    command
  )?.[1]
  const own = named === undefined || /^https?:|^-/.test(named)
  const path = own ? /https?:\/\/[^\s"'`;&|]{1,300}/.exec(command)?.[0].replace(/[?#].*$/, "") : named
  const name = path?.slice(path.lastIndexOf("/") + 1)
  if (name === undefined || name === "null" || name === "stdout" || path === "-") return []
  return [...(!own && path !== undefined && path.includes("/") ? [path] : []), ...(name.length > 1 ? [name] : [])]
}

const runsFile =
  /(?:^|[\s;&|(`"'])(?:(?:sudo|exec|source|\.|(?:ba|z|da|k)?sh|python3?|node|perl|ruby|php|pwsh|powershell|start-process|start|chmod\s+(?:\+x|a\+x|u\+x|[0-7]{3,4}))\s+(?:-{1,2}[\w=-]+\s+){0,3}["']?(?:[\w.~$/{}-]*\/)?|["']?\.\/)$/i

const keptAndRun = (words: Words, loads: ReadonlyArray<number>): ReadonlyArray<Place> =>
  loads.flatMap((load, index) => {
    const { text } = words
    const end = endOf(words, load)
    if (!hasTarget(text, end)) return []
    const stop = Math.min(startOf(words, loads[index + 1] ?? -1) || Number.POSITIVE_INFINITY, end + 500)
    const after = text.slice(end, loads[index + 1] === undefined ? end + 500 : stop)
    const command = after.slice(0, Math.max(0, /&&|;|\n/.exec(after)?.index ?? after.length))
    if (!hasAddress(command)) return []
    for (const name of keptAs(command))
      for (let at = after.indexOf(name, command.length); at >= 0; at = after.indexOf(name, at + 1)) {
        const before = behind(after, at, 60)
        const alone = name.startsWith("/") && /(?:\n|&&|;)[ \t]*$/.test(before)
        if (!alone && !runsFile.test(before)) continue
        return [
          {
            start: startOf(words, load),
            end: end + at + name.length,
            says: "A download is kept as a file, which is then run"
          }
        ]
      }
    return []
  })

const fetching = wordSet("download fetch retrieve pull grab load get")
const running = wordSet("run execute launch eval evaluate pipe source start invoke")
const them = wordSet(
  "it them script installer binary payload executable file bash sh shell python node output result contents response"
)

/** "Download the script at https://… and run it." */
const told = (words: Words): ReadonlyArray<Place> =>
  matches(words, [fetching, [14, running], [6, them]]).flatMap((match) => {
    const [first = 0, , last = 0] = match
    const said = words.text.slice(startOf(words, first), endOf(words, last))
    if (!/https?:\/\//.test(said)) return []
    return [
      {
        start: startOf(words, first),
        end: endOf(words, last),
        says: "Told to load something from the network and run it"
      }
    ]
  })

export const pipeToShell = instruction(
  {
    id: "pipe-to-shell",
    title: "Download run unseen",
    severity: "high",
    why: "Whoever controls the address, or the line to it, runs any command on the machine of everybody who uses this agent.",
    remedy:
      "Download to a file, pin its version and checksum, and have a person read it before it runs; or install it as a package."
  },
  (words) => {
    const loads = eachOf(words, downloaders)
    return [
      ...(loads.length === 0
        ? []
        : [...piped(words, loads), ...substituted(words, loads), ...keptAndRun(words, loads)]),
      ...executedInCode(words),
      ...told(words)
    ]
  }
)

const reading = wordSet("fetch download retrieve read open visit load get browse curl check")
const obeying = wordSet("follow obey execute apply perform adopt")
const advice = wordSet("instructions instruction directions directives steps commands prompt guidance orders")

const pronoun = wordSet("it them what whatever everything anything as")
const doing = wordSet("do")
const saying = wordSet("says say states tells orders told asks")

export const remoteInstructions = instruction(
  {
    id: "remote-instructions",
    title: "Instructions taken from the network",
    severity: "high",
    why: "What the agent is told to do can be changed by whoever owns the address, after every review of this file.",
    remedy: "Put the instructions into the agent, where they are reviewed, and treat what is loaded as data."
  },
  (words) =>
    [
      ...matches(words, [reading, [16, obeying], [7, advice]]),
      ...matches(words, [reading, [16, obeying], [2, pronoun]]),
      ...matches(words, [reading, [16, doing], [2, pronoun], [3, saying]])
    ].flatMap((match) => {
      const [first = 0] = match
      const last = match.at(-1) ?? 0
      const start = startOf(words, first)
      const said = words.text.slice(start, Math.min(lineEnd(words.text, start), endOf(words, last) + 160))
      if (!/https?:\/\//.test(said) || breaks(words.text, start, startOf(words, last))) return []
      return [
        { start, end: endOf(words, last), says: "Told to follow instructions that an address on the network gives" }
      ]
    })
)
