/** Commands in a form that nobody can read, and run. */
import type { AuditedFile } from "../AuditedFile.ts"
import { eachOf, endOf, matches, startOf, type Words, wordSet } from "../words.ts"
import { decodeBase64, decodeEscapes } from "./encodings.ts"
import { ahead, behind, instruction, type Place } from "./instructionKit.ts"
import { lastBefore, pipedInto, runnerBefore } from "./shellPieces.ts"

const decoders = wordSet(
  "base64 base32 xxd uudecode openssl gunzip zcat rev printf echo b64 gbase64 od hex ascii85 basenc"
)

/** `base64 -d`, `xxd -r`, `openssl enc -d`, `printf '\x63…'`. */
const decodes = (text: string, word: string, at: number): boolean => {
  const after = ahead(text, at, 200)
  const option = /^[^\n|;&]{0,60}?\s(?:-[a-z]*d\b|-D\b|--decode\b|-[a-z]*r\b)/i
  if (word === "printf" || word === "echo") return /^[^\n|]{0,40}(?:\\x[0-9a-f]{2}|\\[0-7]{3}|\\u00)/i.test(after)
  return word === "uudecode" || word === "rev" || option.test(after)
}

const piped = (words: Words, list: ReadonlyArray<number>): ReadonlyArray<Place> =>
  pipedInto(words).flatMap(({ at, pipe }) => {
    const decoder = lastBefore(words, list, pipe, 4000)
    if (decoder < 0) return []
    return [{ start: startOf(words, decoder), end: endOf(words, at), says: "Something encoded is decoded and run" }]
  })

const substituted = (words: Words, list: ReadonlyArray<number>): ReadonlyArray<Place> =>
  list.flatMap((at) => {
    const { text } = words
    const end = endOf(words, at)
    const start = startOf(words, at)
    // `$(echo … | base64 -d)`: the substitution opens at the head of the pipeline.
    const line = behind(text, start, 400)
    const open = Math.max(line.lastIndexOf("$("), line.lastIndexOf("<("), line.lastIndexOf("`"))
    const direct = runnerBefore(text, start)
    const opened =
      open < 0 || line.indexOf("\n", open) >= 0
        ? -1
        : runnerBefore(text, start - line.length + open + (line.charAt(open) === "`" ? 1 : 2))
    const from = direct >= 0 ? direct : opened
    return from < 0 ? [] : [{ start: from, end, says: "Something encoded is decoded and run" }]
  })

const keptAndRun =
  /^[^\n]{0,160}?>\s*["']?([^\s;&|"']{2,80})["']?\s*(?:&&|;|\n)\s*(?:chmod\s[^\n;&]{1,60}(?:&&|;|\n)\s*)?(?:(?:(?:ba|z|da)?sh|source|\.|python3?|node|perl)\s+)?["']?\1/

const kept = (words: Words, list: ReadonlyArray<number>): ReadonlyArray<Place> =>
  list.flatMap((at) => {
    const found = keptAndRun.exec(ahead(words.text, endOf(words, at), 320))
    return found === null
      ? []
      : [
          {
            start: startOf(words, at),
            end: endOf(words, at) + found[0].length,
            says: "Something encoded is decoded and run"
          }
        ]
  })

const codeRunners = wordSet("exec eval system popen function spawn execsync expression iex loads settimeout")
const codeDecoders =
  /^\s*["'`]?\s*[(\s][^\n]{0,80}?(?:b64decode|b32decode|base64\.decode|a85decode|unhexlify|fromhex|atob\s*\(|fromcharcode|frombase64string|decode64|base64_decode|gzinflate|zlib\.decompress|codecs\.decode|\bpack\s*\(?\s*["']H|marshal\.loads|buffer\.from\([^\n]{0,60},\s*["'](?:base64|hex))/i

const inCode = (words: Words): ReadonlyArray<Place> =>
  eachOf(words, codeRunners).flatMap((at) => {
    const found = codeDecoders.exec(ahead(words.text, endOf(words, at), 180))
    if (found === null) return []
    return [
      {
        start: startOf(words, at),
        end: endOf(words, at) + found[0].length,
        says: "Something encoded is decoded and run as code"
      }
    ]
  })

const powershells = wordSet("powershell pwsh")
const encodedOption = /^(?:\.exe)?[^\n]{0,120}?\s-(?:e|ec|en|enc|enco\w*)\s+["']?([A-Za-z0-9+/=]{12,}|[$%{<])/i

const byOption = (words: Words): ReadonlyArray<Place> =>
  eachOf(words, powershells).flatMap((at) => {
    const found = encodedOption.exec(ahead(words.text, endOf(words, at), 200))
    if (found === null) return []
    return [
      {
        start: startOf(words, at),
        end: endOf(words, at) + found[0].length,
        says: "PowerShell is given an encoded command"
      }
    ]
  })

const command =
  /\b(?:curl|wget|bash|sh -c|\/bin\/sh|\/dev\/tcp|powershell|iex|python3? -c|import os|os\.system|subprocess|rm -rf|nc -|eval\(|exec\(|chmod \+x|ssh |scp )|https?:\/\/|\bignore (?:all|previous|prior)|\bsystem prompt/i

const letters = /^[A-Za-z0-9+/_-]{24,}={0,2}$/

/** Blobs that decode to a command, whether or not the words beside them say to run it. */
const blobs = (words: Words): ReadonlyArray<Place> => {
  const found: Array<Place> = []
  const { runs, text } = words
  for (let index = 0; index < runs.length; index += 2) {
    const start = runs[index] ?? 0
    const end = runs[index + 1] ?? 0
    if (end - start < 24) continue
    const piece = text.slice(start, Math.min(end, start + 600)).replace(/^["'=:.]+|[.,;]+$/g, "")
    if (!letters.test(piece.slice(0, 600)) || !/[A-Z]/.test(piece) || !/[a-z]/.test(piece) || piece.startsWith("/"))
      continue
    const plain = decodeBase64(piece)
    if (plain !== undefined && command.test(plain)) found.push({ start, end, says: "An encoded text hides a command" })
  }
  return found
}

const escaped = /(?:\\x[0-9a-f]{2}){8,}|(?:\\u00[0-9a-f]{2}){8,}|(?:\\[0-3][0-7]{2}){8,}/gi

const escapes = (text: string): ReadonlyArray<Place> => {
  if (!text.includes("\\")) return []
  return [...text.matchAll(escaped)].flatMap((match) => {
    const plain = decodeEscapes(match[0].slice(0, 1200))
    return command.test(plain) || /\b(?:cat|echo|rm|sh)\b/.test(plain)
      ? [{ start: match.index, end: match.index + match[0].length, says: "An encoded text hides a command" }]
      : []
  })
}

const decoding = wordSet("decode decrypt deobfuscate unpack decompress unobfuscate descramble")
const doing = wordSet("run execute eval evaluate follow obey perform apply source")
const coded = wordSet("base64 base32 hex hexadecimal rot13 encoded payload blob ciphertext obfuscated string")

const told = (words: Words): ReadonlyArray<Place> =>
  matches(words, [decoding, [14, doing]]).flatMap(([first = 0, last = 0]) => {
    const near = matchesNear(words, first, last)
    if (!near) return []
    return [
      { start: startOf(words, first), end: endOf(words, last), says: "Told to decode something and do what it says" }
    ]
  })

const matchesNear = (words: Words, first: number, last: number): boolean => {
  const from = startOf(words, first) - 160
  const to = endOf(words, last) + 80
  for (let at = first; at >= 0 && startOf(words, at) >= from; at--) if (coded[words.number[at] ?? 0] === 1) return true
  for (let at = first; at < words.count && startOf(words, at) <= to; at++)
    if (coded[words.number[at] ?? 0] === 1) return true
  return false
}

const spell = (words: Words, at: number): string => words.text.slice(startOf(words, at), endOf(words, at)).toLowerCase()

const find = (words: Words, file: AuditedFile): ReadonlyArray<Place> => {
  const list = eachOf(words, decoders).filter((at) => decodes(file.text, spell(words, at), endOf(words, at)))
  return [
    ...(list.length === 0 ? [] : [...piped(words, list), ...substituted(words, list), ...kept(words, list)]),
    ...inCode(words),
    ...byOption(words),
    ...blobs(words),
    ...escapes(file.text),
    ...told(words)
  ]
}

export const encodedPayload = instruction(
  {
    id: "encoded-payload-executed",
    title: "Encoded payload that is run",
    severity: "high",
    why: "A command that nobody can read in a review is run all the same. There is hardly an honest reason to encode one.",
    remedy: "Write the command in plain text, or remove it."
  },
  find
)
