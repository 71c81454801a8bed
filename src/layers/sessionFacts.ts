/** What a session's first record tells: who, where, with what. */
import { Context, Effect, Fiber, Option } from "effect"
import { userInfo } from "node:os"
import { agentIn, type Content } from "../domain/agentEvents.ts"
import { isAgentName } from "../domain/AgentName.ts"
import { semanticConventions, type SessionStarted } from "../domain/logEvents.ts"
import { own } from "../domain/records.ts"
import type { SyncState } from "../domain/SyncState.ts"
import { AccessTokens } from "../services/AccessTokens.ts"
import { Git } from "../services/Git.ts"
import { Invocation } from "../services/Invocation.ts"
import { LocalState } from "../services/LocalState.ts"
import { Lock } from "../services/Lock.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { RegistryTarget } from "../services/RegistryTarget.ts"
import { Remote } from "../services/Remote.ts"
import { readIfThere, sha256 } from "./nodeFs.ts"

declare const CREWKIT_VERSION: string | undefined

interface Wanted {
  readonly kind: SessionStarted["kind"]
  readonly agents: ReadonlyMap<string, Content>
  readonly sensitive: boolean
  readonly hooks?: boolean
  readonly claude?: { readonly version: Option.Option<string>; readonly conversation: string | undefined }
  readonly git?: Option.Option<{ readonly commit: string; readonly dirty: boolean }>
}

const loginName = (): string => {
  try {
    return userInfo().username
  } catch {
    // A user that the system has no name for.
    return `uid ${process.getuid?.() ?? "unknown"}`
  }
}

export const sessionFacts = Effect.gen(function* () {
  const config = yield* ProjectConfig
  const { cwd } = yield* Invocation
  const git = yield* Git
  const lock = yield* Lock
  const remote = yield* Remote
  const state = yield* LocalState

  /** The registry's id of whoever is logged in; asks no registry, and the keychain only where a login is of use. */
  const user = Effect.gen(function* () {
    const { registryKind } = yield* config.resolved
    if (registryKind === "folder") return undefined
    const services = yield* remote.services
    const { named } = Context.get(services, RegistryTarget)
    const { credential } = yield* Context.get(services, AccessTokens).peek(yield* named)
    return credential?.user?.id
  }).pipe(
    Effect.timeoutOption("1 second"),
    Effect.map(Option.getOrUndefined),
    Effect.orElseSucceed(() => undefined)
  )

  return {
    cwd,
    git: git.state,
    uuid: () => process.getBuiltinModule("node:crypto").randomUUID(),
    /** What a fiber found; nothing where it failed. */
    joined: <A, E>(fiber: Fiber.Fiber<Option.Option<A>, E>) => Effect.orElseSucceed(Fiber.join(fiber), Option.none<A>),
    /** A file of the project as it is. */
    version: Effect.fnUntraced(function* (file: string) {
      const bytes = Option.getOrUndefined(yield* readIfThere(file))
      return bytes === undefined ? undefined : { sha256: sha256(bytes), size: bytes.length, content: undefined }
    }),
    /** Whether crewkit itself wrote this content, or took the file away. */
    wrote: ({ pending, written }: Pick<SyncState, "pending" | "written">, file: string, hash: string | undefined) => {
      const name = /^\.claude\/agents\/([^/]+)\.md$/.exec(file)?.[1]
      if (name === undefined || !isAgentName(name) || hash === undefined) return false
      return own(written, name)?.[4] === hash || own(pending, name)?.includes(hash) === true
    },
    started: Effect.fnUntraced(function* (wanted: Wanted) {
      const { capture, org, project, registry, registryKind, role } = yield* config.resolved
      const locked = Option.getOrUndefined(yield* Effect.orElseSucceed(lock.read, Option.none))
      const { last } = yield* state.read
      const who = yield* user
      const agents = [...wanted.agents]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([file, { sha256: hash, size }]) => {
          const name = agentIn(file)
          const entry = isAgentName(name) ? own(locked?.agents, name) : undefined
          const tiers = entry === undefined ? {} : { version: entry.version, tiers: entry.tiers }
          return { file, sha256: hash, ...(size === undefined ? {} : { size }), ...tiers }
        })
      const roleName = last?.role ?? role?.value
      const { conversation, version } = wanted.claude ?? {}
      const claude = version === undefined ? undefined : Option.getOrElse(version, () => "unknown")
      const started: SessionStarted = {
        kind: wanted.kind,
        crewkit: typeof CREWKIT_VERSION === "string" ? CREWKIT_VERSION : "source",
        semconv: semanticConventions,
        org: org.value,
        project: project.value,
        registry: registryKind === "folder" ? "folder" : new URL(registry.value).origin,
        ...(roleName === undefined ? {} : { role: roleName }),
        ...(who === undefined ? {} : { user: who }),
        login: loginName(),
        ...(claude === undefined
          ? {}
          : {
              claude: {
                version: claude,
                ...(conversation === undefined ? {} : { "gen_ai.conversation.id": conversation })
              }
            }),
        ...(wanted.git !== undefined && Option.isSome(wanted.git) ? { git: wanted.git.value } : {}),
        capture: capture.value,
        sensitive: wanted.sensitive,
        hooks: wanted.hooks ?? false,
        agents
      }
      return started
    })
  }
})
