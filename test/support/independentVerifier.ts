/**
 * A second check of a session log, written from `docs/session-log.md` alone: it shares no code with crewkit, does not
 * care for speed, and says only which file is wrong and how.
 */
import { createHash, createPublicKey, verify } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const sha = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex")

interface Row {
  readonly seq: number
  readonly prev: string
  readonly type: string
  readonly source: string
  readonly data: {
    readonly session?: string
    readonly key?: string
    readonly size?: number
    readonly head?: string
    readonly note?: string
    readonly next?: string
  }
}
const parse = (text: string): Row | undefined => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
const linesOf = (path: string): ReadonlyArray<string> => readFileSync(path, "utf8").split("\n").slice(0, -1)

/** What is wrong with a signed note, which has to be over these records and by this key. */
const noteFault = (note: string, origin: string, size: number, head: string, vkey: string): string | undefined => {
  const [body = "", signatures = ""] = note.split(/(?<=\n)\n/)
  if (body !== `${origin}\n${size}\n${Buffer.from(head, "hex").toString("base64")}\n`) return "seal-mismatch"
  const [name = "", id = "", ...key] = vkey.split("+")
  const raw = Buffer.from(key.join("+"), "base64")
  if (sha(Buffer.concat([Buffer.from(`${name}\n`), raw])).slice(0, 8) !== id) return "bad-signature"
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw.subarray(1)])
  const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" })
  const signed = signatures.split("\n").some((line) => {
    const [, by, text = ""] = line.split(" ")
    const bytes = Buffer.from(text, "base64")
    return (
      by === name && bytes.toString("hex", 0, 4) === id && verify(null, Buffer.from(body), publicKey, bytes.subarray(4))
    )
  })
  return signed ? undefined : "bad-signature"
}

/** Walks a chain; `each` sees every record with the hash of its line. */
const chain = (
  lines: ReadonlyArray<string>,
  source: string,
  from: { seq: number; head: string } | undefined,
  each: (row: Row, head: string, before: string) => string | undefined
) => {
  let { head, seq } = from ?? { seq: 0, head: sha(source) }
  for (const line of lines) {
    const row = parse(line)
    if (row === undefined) return { fault: "unreadable", seq, head }
    if (row.seq !== seq) return { fault: "gap", seq, head }
    if (row.prev !== head || !line.startsWith(`{"seq":${seq},"prev":"${head}","type":"`))
      return { fault: "rewritten", seq, head }
    const before = head
    head = sha(line)
    seq += 1
    const fault = each(row, head, before)
    if (fault !== undefined) return { fault, seq, head }
  }
  return { fault: undefined, seq, head }
}

/** `<kind> <file>` of everything that is wrong. */
export const check = (folder: string, mark: { ledger: string; size: number; head: string }): ReadonlyArray<string> => {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl") && name !== "ledger.jsonl")
    .sort()
  const ledger = linesOf(join(folder, "ledger.jsonl"))
  const sessions = new Map<string, { key: string | undefined; seals: Map<number, string>; deleted: boolean }>()
  const heads = new Map<number, string>()
  const source = parse(ledger[0] ?? "")?.source ?? ""
  const walked = chain(ledger, source, undefined, (row, head) => {
    heads.set(row.seq + 1, head)
    const { head: sealed = "", key, session, size = 0 } = row.data
    if (session === undefined) return undefined
    const known = sessions.get(session) ?? { key: undefined, seals: new Map<number, string>(), deleted: false }
    sessions.set(session, { key: known.key ?? key, seals: known.seals, deleted: row.type.endsWith(".deleted") })
    if (size > 0) known.seals.set(size, sealed)
    return undefined
  })
  const faults: Array<string> = []
  if (walked.fault !== undefined) faults.push(`${walked.fault} ledger.jsonl`)
  else if (source !== `urn:uuid:${mark.ledger}`) faults.push("rewritten ledger.jsonl")
  else if (walked.seq < mark.size) faults.push("rolled-back ledger.jsonl")
  else if (heads.get(mark.size) !== mark.head) faults.push("rewritten ledger.jsonl")
  for (const name of names) if (!sessions.has(name.slice(0, 36))) faults.push(`unknown-segment ${name}`)
  for (const [id, { deleted, key, seals }] of sessions) {
    if (deleted) continue
    let at: { seq: number; head: string } | undefined
    let fault: string | undefined
    let file = `${id}.0001.jsonl`
    let next: string | undefined = file
    while (next !== undefined && fault === undefined) {
      file = next
      next = undefined
      if (!names.includes(file)) fault = seals.size > 0 ? "missing" : undefined
      else {
        const end = chain(linesOf(join(folder, file)), `urn:uuid:${id}`, at, (row, head, before) => {
          next = row.type.endsWith(".rotated") ? row.data.next : undefined
          const { note } = row.data
          const bad =
            note === undefined ? undefined : noteFault(note, `crewkit.io/session-log/${id}`, row.seq, before, key ?? "")
          return bad ?? ((seals.get(row.seq + 1) ?? head) === head ? undefined : "seal-mismatch")
        })
        at = end
        fault = end.fault
      }
    }
    if (fault === undefined && Math.max(0, ...seals.keys()) > (at?.seq ?? 0)) fault = "truncated"
    if (fault !== undefined) faults.push(`${fault} ${file}`)
  }
  return faults
}
