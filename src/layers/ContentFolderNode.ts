import { Clock, Effect, Layer, Option, Result, Schema } from "effect"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { maxAgentBytes } from "../domain/acceptance.ts"
import { agentNameProblem, isAgentName, type Slug } from "../domain/AgentName.ts"
import type { Refused } from "../domain/Effective.ts"
import { type FileError, RegistryUnreachable } from "../domain/errors.ts"
import { own } from "../domain/records.ts"
import { PathStamps } from "../domain/stampRecord.ts"
import { ContentFolder, type ContentFile, type Snapshot } from "../registry/ContentFolder.ts"
import { contentDigest, yamlData } from "./contentText.ts"
import { sameStamp, stampOf, stillFits } from "./fileStamp.ts"
import { attempt, fileError, listIfThere, makeFolder, readIfThere, replaceFile, sha256 } from "./nodeFs.ts"
import type { FileStamp } from "../domain/FileStamp.ts"

/** What an earlier run found, by path below the folder: size, mtime, ctime, inode, SHA-256. */
const Index = Schema.Struct({
  folder: Schema.String,
  since: Schema.Finite,
  files: PathStamps,
  /** Digest of the snapshot of these files; it holds for that project while nothing new is learned. */
  digest: Schema.Struct({ project: Schema.String, entries: Schema.String, digest: Schema.String }),
  /** YAML files as data, by the hash of their text. */
  yaml: Schema.Record(Schema.String, Schema.Json)
})
const decodeIndex = Schema.decodeUnknownOption(Schema.fromJsonString(Index))

/** Fails on what is not UTF-8, and keeps a byte order mark for the reader to remark on. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Up to so many bytes that were read to be hashed are kept to be parsed: a first sync of a thousand agents reads each once. */
const maxKeptBytes = 2 * 1024 * 1024

/** What one look at the folder gathers. */
interface Found {
  readonly stamps: Map<string, FileStamp>
  readonly refused: Array<Refused>
}

export interface Options {
  /** The registry's folder, absolute. */
  readonly folder: string
  /** What to call it in errors. */
  readonly label: string
  /** Where the hashes of the last run are kept; a file that need not exist. */
  readonly index: string
}

/** A server sees many versions of its files in a year; so many are known at a time. */
const maxParsed = 1000

export const layer = (options: Options) =>
  Layer.effect(
    ContentFolder,
    Effect.gen(function* () {
      const { folder, label } = options
      const stored = yield* readIfThere(options.index).pipe(
        Effect.map(Option.flatMap((data) => decodeIndex(data.toString("utf8")))),
        Effect.orElseSucceed(() => Option.none<typeof Index.Type>())
      )
      const before = Option.getOrUndefined(Option.filter(stored, (index) => index.folder === folder))
      let stamps: ReadonlyMap<string, FileStamp> = new Map()
      let since = 0
      const parsed = new Map<string, Schema.Json>()
      let last: (typeof Index.Type)["digest"] | undefined
      let learned = false
      const kept = new Map<string, Uint8Array>()
      let keptBytes = 0

      /** What is known of a file: from this run's last look, else from the index; and when that was. */
      const lastKnown = (path: string): readonly [FileStamp | undefined, number] => {
        const seen = stamps.get(path)
        if (seen !== undefined) return [seen, since]
        const entry = own(before?.files, path)
        if (entry === undefined) return [undefined, 0]
        const [size, mtime, ctime, ino, hash] = entry
        return [{ size, mtime, ctime, ino, sha256: hash }, before?.since ?? 0]
      }

      const stampFor = (path: string, stat: fs.Stats): FileStamp => {
        const [known, when] = lastKnown(path)
        if (known !== undefined && stillFits(known, stat, when)) return known
        const data = fs.readFileSync(`${folder}/${path}`)
        keptBytes += data.length
        // All or nothing: where there are that many, memory is worth more.
        if (keptBytes <= maxKeptBytes) kept.set(path, data)
        else kept.clear()
        const stamp = stampOf(stat, sha256(data))
        // A file too young to be trusted by its stamp is read again, but teaches nothing new.
        learned ||= known === undefined || !sameStamp(known, stamp)
        return stamp
      }

      const problemOf = (stat: fs.Stats): string | undefined =>
        !stat.isFile() ? "not a regular file" : stat.size > maxAgentBytes ? "larger than 1 MiB" : undefined

      /** Every regular file `<name><ending>` of one folder; the others are refused with their reason. */
      const read = Effect.fnUntraced(function* (below: string, ending: ".md" | ".yml", found: Found) {
        const files = new Map<string, ContentFile>()
        const names = yield* listIfThere(join(folder, below))
        // One effect for all: a thousand files are looked at on every sync.
        let path = below
        yield* Effect.try({
          try: () => {
            for (const fileName of names) {
              path = `${below}/${fileName}`
              const name = fileName.slice(0, -ending.length)
              if (!fileName.endsWith(ending) || !isAgentName(name)) {
                if (ending === ".md" && !fileName.startsWith(".")) {
                  found.refused.push({ name: fileName, file: path, reason: agentNameProblem(fileName) })
                }
                continue
              }
              const stat = fs.lstatSync(`${folder}/${path}`)
              const reason = problemOf(stat)
              if (reason !== undefined) {
                found.refused.push({ name, file: path, reason })
                continue
              }
              try {
                const stamp = stampFor(path, stat)
                found.stamps.set(path, stamp)
                files.set(name, { path, name, sha256: stamp.sha256 })
              } catch (cause) {
                found.refused.push({ name, file: path, reason: fileError("read", path)(cause).message })
              }
            }
          },
          catch: (cause) => fileError("read", path)(cause)
        })
        return files
      })

      const snapshot = Effect.fn("ContentFolder.snapshot")(function* (org: Slug, project: Slug) {
        const folders = yield* listIfThere(folder)
        if (!folders.includes("agents") && !folders.includes("orgs")) {
          const there = fs.existsSync(folder)
          return yield* new RegistryUnreachable({
            registry: label,
            reason: there ? "the folder has neither agents/ nor orgs/ in it" : "there is no such folder",
            hint: "correct registry in .agent/config.yml, or crewkit sync --offline"
          })
        }
        const now = yield* Clock.currentTimeMillis
        kept.clear()
        keptBytes = 0
        const found: Found = { stamps: new Map(), refused: [] }
        const orgFolder = `orgs/${org}`
        const base = yield* read("agents", ".md", found)
        const organization = yield* read(`${orgFolder}/agents`, ".md", found)
        const projectFiles = yield* read(`${orgFolder}/projects/${project}/agents`, ".md", found)
        const roles = yield* read("roles", ".yml", found)
        const ofOrg = yield* read(orgFolder, ".yml", found)
        const [orgFile, audit] = [ofOrg.get("org"), ofOrg.get("audit")]
        stamps = found.stamps
        since = now
        const { refused } = found
        const entries = [stamps.size, ...refused.map(({ file, reason }) => `${file} ${reason}`)].join("\n")
        const known = before?.digest.project === `${org}/${project}` ? before.digest : undefined
        const digest = !learned && known?.entries === entries ? known.digest : contentDigest(stamps, refused)
        learned ||= known?.digest !== digest
        last = { project: `${org}/${project}`, entries, digest }
        return {
          base,
          organization,
          project: projectFiles,
          roles,
          org: orgFile,
          audit,
          refused,
          digest
        } satisfies Snapshot
      })

      const organization = Effect.fn("ContentFolder.organization")(function* (org: Slug) {
        const found: Found = { stamps: new Map(), refused: [] }
        const roles = yield* read("roles", ".yml", found)
        const orgFile = (yield* read(`orgs/${org}`, ".yml", found)).get("org")
        return { roles, org: orgFile, refused: found.refused }
      })

      const textOf = ({ path }: ContentFile): Result.Result<string, FileError> =>
        Result.try({
          try: () => utf8.decode(kept.get(path) ?? fs.readFileSync(join(folder, path))),
          catch: fileError("read as UTF-8", path)
        })

      return ContentFolder.of({
        snapshot,
        organization,
        texts: (files) => Effect.sync(() => new Map([...files].map((file) => [file.path, textOf(file)]))),
        yaml: Effect.fnUntraced(function* (file: ContentFile) {
          // A server asks who is a member on every call; the same bytes say the same.
          const known = own(before?.yaml, file.sha256) ?? parsed.get(file.sha256)
          if (known !== undefined) {
            parsed.set(file.sha256, known)
            return known
          }
          const text = yield* Effect.fromResult(textOf(file))
          const data = yield* yamlData(label, file.path, text)
          // Replaced since it was hashed: true for this call, and not to be kept under the hash of another text.
          if (sha256(text) !== file.sha256) return data
          if (parsed.size >= maxParsed) parsed.clear()
          parsed.set(file.sha256, data)
          learned = true
          return data
        }),
        hash: sha256,
        // A cache: where it cannot be written the next run hashes again.
        remember: Effect.gen(function* () {
          if (!learned && before !== undefined && Object.keys(before.files).length === stamps.size) return
          const files: (typeof Index.Type)["files"] = Object.fromEntries(
            [...stamps].map(([path, { ctime, ino, mtime, sha256: hash, size }]) => [
              path,
              [size, mtime, ctime, ino, hash] as const
            ])
          )
          yield* makeFolder(dirname(options.index), 0o700)
          yield* attempt("write", options.index, () =>
            replaceFile(
              options.index,
              Buffer.from(
                JSON.stringify({
                  folder,
                  since,
                  files,
                  digest: last,
                  yaml: Object.fromEntries(parsed)
                })
              ),
              0o600
            )
          )
        }).pipe(Effect.ignore)
      })
    })
  )
