/** The effective agents of a project, from the files of the content folder. */
import { Effect, Result } from "effect"
import { type Agent, fieldOf } from "../domain/Agent.ts"
import { AgentName } from "../domain/AgentName.ts"
import { compose, type TierSource } from "../domain/composition.ts"
import type { Refused, Remark } from "../domain/Effective.ts"
import type { FileError } from "../domain/errors.ts"
import type { RoleModifier } from "../domain/Role.ts"
import type { Tier } from "../domain/Tier.ts"
import { type AgentCodec, AgentFormat } from "../services/AgentFormat.ts"
import { ContentFolder, type ContentFile, type Snapshot } from "./ContentFolder.ts"

export interface ComposedAgent {
  readonly name: AgentName
  readonly version: string
  readonly tiers: ReadonlyArray<Tier>
  readonly agent: Agent
}

interface ComposedSet {
  readonly agents: ReadonlyArray<ComposedAgent>
  readonly refused: ReadonlyArray<Refused>
  readonly remarks: ReadonlyArray<Remark>
}

/**
 * Strong validator of an effective answer: the same content for the same role. RFC 9110 section 8.8.3. Marked where
 * there is a policy for the audit: whoever asked a registry that did not send it yet has to be told.
 */
export const etagOf = (snapshot: Snapshot, role: RoleModifier): string =>
  `"${snapshot.digest.slice(0, 32)}-${role.name}${snapshot.audit === undefined ? "" : "-audit"}"`

const registryTiers = ["base", "organization", "project"] as const

const filesOf = (
  snapshot: Snapshot,
  name: string
): ReadonlyArray<{ readonly tier: Tier; readonly file: ContentFile }> =>
  registryTiers.flatMap((tier) => {
    const file = snapshot[tier].get(name)
    return file === undefined ? [] : [{ tier, file }]
  })

/** Names of all agents of a snapshot, sorted. */
export const namesOf = (snapshot: Snapshot): ReadonlyArray<string> =>
  [...new Set(registryTiers.flatMap((tier) => [...snapshot[tier].keys()]))].sort()

/**
 * A version that changes with the content: what the frontmatter says under `version`, and the first twelve digits of
 * the hash over the files of all tiers.
 */
const versionOf = (agent: Agent, digest: string): string => {
  const stated = fieldOf(agent, "version")
  return typeof stated === "string" || typeof stated === "number"
    ? `${stated}+${digest.slice(0, 12)}`
    : digest.slice(0, 12)
}

/** So many agents are composed from one reading: few enough for memory. */
const batch = 256

interface Composed {
  readonly composed: ComposedAgent
  readonly remarks: ReadonlyArray<Remark>
}

/** Composes agents, or says why one is refused: a tier that cannot be read refuses the whole agent. */
const composeSome = Effect.fnUntraced(function* (snapshot: Snapshot, names: ReadonlyArray<string>) {
  const folder = yield* ContentFolder
  const { parse } = yield* (yield* AgentFormat).codec
  const files = names.map((name) => ({ name, files: filesOf(snapshot, name) }))
  const texts = yield* folder.texts(files.flatMap((each) => each.files.map(({ file }) => file)))
  return files.map((each) => composeFiles(each.name, each.files, texts, parse, folder.hash))
})

/** Composes one agent of the snapshot, or says why it is refused. */
export const composeOne = Effect.fnUntraced(function* (snapshot: Snapshot, name: string) {
  const folder = yield* ContentFolder
  const { parse } = yield* (yield* AgentFormat).codec
  const files = filesOf(snapshot, name)
  return composeFiles(name, files, yield* folder.texts(files.map(({ file }) => file)), parse, folder.hash)
})

const composeFiles = (
  name: string,
  files: ReadonlyArray<{ readonly tier: Tier; readonly file: ContentFile }>,
  texts: ReadonlyMap<string, Result.Result<string, FileError>>,
  parse: AgentCodec["parse"],
  hash: (text: string) => string
): Result.Result<Composed, Refused> => {
  const sources: Array<TierSource> = []
  const remarks: Array<Remark> = []
  for (const { file, tier } of files) {
    const text = texts.get(file.path)
    if (text === undefined) continue
    if (Result.isFailure(text)) return Result.fail<Refused>({ name, file: file.path, reason: text.failure.message })
    const parsed = parse(text.success)
    if (Result.isFailure(parsed)) return Result.fail<Refused>({ name, file: file.path, ...parsed.failure })
    remarks.push(...parsed.success.remarks.map((remark) => ({ name, file: file.path, ...remark })))
    sources.push({ tier, source: parsed.success.source })
  }
  const agent = compose(sources)
  const [lowest] = files
  if (agent.fields.length === 0) {
    return Result.fail<Refused>({
      name,
      file: lowest?.file.path ?? name,
      line: 1,
      reason: "there is no frontmatter between --- lines"
    })
  }
  const digest = hash(files.map(({ file, tier }) => `${tier} ${file.sha256}\n`).join(""))
  const composed: ComposedAgent = {
    name: AgentName.make(name),
    version: versionOf(agent, digest),
    tiers: files.map(({ tier }) => tier),
    agent
  }
  return Result.succeed({ composed, remarks })
}

export const composeAll = Effect.fn("registry.composeAll")(function* (snapshot: Snapshot) {
  const agents: Array<ComposedAgent> = []
  const refused: Array<Refused> = [...snapshot.refused]
  const remarks: Array<Remark> = []
  // A tier that was refused, a link say, refuses the agent: without it the agent could do more than it should.
  const blocked = new Set(snapshot.refused.map((entry) => entry.name))
  const names = namesOf(snapshot).filter((each) => !blocked.has(each))
  for (let start = 0; start < names.length; start += batch) {
    for (const result of yield* composeSome(snapshot, names.slice(start, start + batch))) {
      if (Result.isFailure(result)) refused.push(result.failure)
      else {
        agents.push(result.success.composed)
        remarks.push(...result.success.remarks)
      }
    }
  }
  return { agents, refused, remarks } satisfies ComposedSet
})
