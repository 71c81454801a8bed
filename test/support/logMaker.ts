/**
 * Session logs made to order: ids, times, keys and the size of segments are the test's. The bytes are those of the real
 * writer's own files; only when what is written is another.
 */
import * as fs from "node:fs"
import { join } from "node:path"
import type { LogEvent, Outcome, SessionStarted } from "../../src/domain/logEvents.ts"
import { checkpointText, noteOf, originOf, vkeyOf } from "../../src/domain/signedNote.ts"
import { type LogFile, openLogFile } from "../../src/layers/logFile.ts"
import { segmentName } from "../../src/layers/logFolder.ts"
import type { LogSigner, Mark } from "../../src/services/LogKeys.ts"

export const started: SessionStarted = {
  kind: "code",
  crewkit: "0.1.0",
  semconv: "1.41.0",
  org: "acme",
  project: "web-shop",
  registry: "folder",
  login: "ada",
  capture: "metadata",
  sensitive: false,
  hooks: true,
  agents: []
}

export const sha = (digit: string): string => digit.repeat(64)

export const edited = (agent: string, added = 1, removed = 0): LogEvent => ({
  type: "io.crewkit.agent.edited",
  subject: `.claude/agents/${agent}.md`,
  data: {
    agent,
    before: { sha256: sha("a"), size: 10 },
    after: { sha256: sha("b"), size: 12 },
    added,
    removed,
    by: { kind: "outside" }
  }
})

export interface MadeSession {
  readonly id: string
  readonly append: (event: LogEvent) => void
  readonly rotate: () => void
  readonly seal: () => void
  readonly end: (outcome?: Outcome, changes?: number) => void
}

export interface MadeLog {
  readonly folder: string
  readonly ledger: string
  /** What the keychain would remember now. */
  readonly mark: () => Mark
  readonly session: (id: string, change?: Partial<SessionStarted>) => MadeSession
  readonly delete: (id: string) => void
}

export interface LogOptions {
  readonly folder: string
  readonly ledger: string
  /** Undefined: there is no keychain. */
  readonly signer: LogSigner | undefined
  /** Milliseconds since 1970 of the first record. */
  readonly from: number
}

export const makeLog = ({ folder, from, ledger: ledgerId, signer }: LogOptions): MadeLog => {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  let millis = from
  const time = (): string => new Date((millis += 1000)).toISOString()
  const withFile = <A>(path: string, id: string, work: (file: LogFile) => A): A => {
    const file = openLogFile(path, id)
    try {
      return work(file)
    } finally {
      file.close()
    }
  }
  const ledgerPath = join(folder, "ledger.jsonl")
  const enter = (event: LogEvent): void =>
    withFile(ledgerPath, ledgerId, (file) => {
      if (file.size() === 0) file.append({ type: "io.crewkit.ledger.created", data: {} }, time())
      file.append(event, time())
    })
  return {
    folder,
    ledger: ledgerId,
    mark: () =>
      withFile(ledgerPath, ledgerId, (file) => ({
        ledger: ledgerId,
        size: file.state().seq,
        head: file.state().head
      })),
    session: (id, change = {}) => {
      enter({ type: "io.crewkit.ledger.opened", data: { session: id, kind: change.kind ?? started.kind } })
      let segment = 1
      let file = openLogFile(join(folder, segmentName(id, 1)), id)
      const append = (event: LogEvent): void => void file.append(event, time())
      append({ type: "io.crewkit.session.started", data: { ...started, ...change } })
      const sealed = () => {
        const { head, seq: size } = file.state()
        if (signer === undefined) append({ type: "io.crewkit.log.sealed", data: { unsealed: "there is no keychain" } })
        else {
          const text = checkpointText({ origin: originOf(id), size, head })
          append({ type: "io.crewkit.log.sealed", data: { note: noteOf(text, signer.key, signer.sign(text)) } })
        }
        const key = signer === undefined ? {} : { key: vkeyOf(signer.key) }
        return { session: id, ...key, size: file.state().seq, head: file.state().head }
      }
      return {
        id,
        append,
        rotate: () => {
          segment += 1
          append({ type: "io.crewkit.log.rotated", data: { next: segmentName(id, segment) } })
          const next = openLogFile(join(folder, segmentName(id, segment)), id, file.state())
          file.close()
          file = next
        },
        seal: () => enter({ type: "io.crewkit.ledger.sealed", data: sealed() }),
        end: (outcome = "success", changes = 0) => {
          append({
            type: "io.crewkit.session.ended",
            data: { outcome, exit_code: outcome === "success" ? 0 : 1, duration: 61_000, changes }
          })
          enter({ type: "io.crewkit.ledger.closed", data: { ...sealed(), outcome } })
          file.close()
        }
      }
    },
    delete: (id) => {
      const names = fs.readdirSync(folder).filter((name) => name.startsWith(id))
      const last = names.sort().at(-1) ?? ""
      const { head, seq: size } = withFile(join(folder, last), id, (file) => file.state())
      const data = { session: id, size, head, segments: names.length, bytes: 0, reason: "older than 90 days" }
      enter({ type: "io.crewkit.ledger.deleted", data })
      for (const name of names) fs.rmSync(join(folder, name))
    }
  }
}

/** Ids that a person can tell apart: `11111111-1111-4111-8111-111111111111`. */
export const uuid = (digit: string): string =>
  `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`
