/**
 * `@crewkit/cli/testing`: what a test of a script, a registry or a tool around crewkit needs. The services are the
 * interfaces that crewkit itself is written against; the layers beside them keep everything in memory, so that a test
 * is the same every time. Time is `TestClock` of `effect/testing`. Described in `docs/testing.md`.
 */

// The services.
export { AgentFiles } from "../services/AgentFiles.ts"
export { Backups } from "../services/Backups.ts"
export { EffectiveAgents } from "../services/EffectiveAgents.ts"
export { Http } from "../services/Http.ts"
export { Invocation } from "../services/Invocation.ts"
export { Lock } from "../services/Lock.ts"
export { Output } from "../services/Output.ts"
export { ProjectConfig } from "../services/ProjectConfig.ts"
export { Prompter } from "../services/Prompter.ts"
export { Registry } from "../services/Registry.ts"
export { SecretStore } from "../services/SecretStore.ts"
export { SessionLog } from "../services/SessionLog.ts"
export { TokenStore } from "../services/TokenStore.ts"

// The same in memory: a module each, with its `layer` and what a test may look at.
import * as AgentFilesMemory from "./AgentFilesMemory.ts"
import * as BackupsMemory from "./BackupsMemory.ts"
import * as EffectiveMemory from "./EffectiveMemory.ts"
import * as HttpScripted from "./HttpScripted.ts"
import * as InvocationMemory from "./InvocationMemory.ts"
import * as LockMemory from "./LockMemory.ts"
import * as OutputMemory from "./OutputMemory.ts"
import * as ProjectConfigMemory from "./ProjectConfigMemory.ts"
import * as ProjectFolder from "./ProjectFolder.ts"
import * as PrompterScripted from "./PrompterScripted.ts"
import * as RegistryMemory from "./RegistryMemory.ts"
import * as RegistryServed from "./RegistryServed.ts"
import * as SecretStoreMemory from "./SecretStoreMemory.ts"
import * as SessionLogMemory from "./SessionLogMemory.ts"
import * as TokenStoreMemory from "./TokenStoreMemory.ts"

export {
  AgentFilesMemory,
  BackupsMemory,
  EffectiveMemory,
  HttpScripted,
  InvocationMemory,
  LockMemory,
  OutputMemory,
  ProjectConfigMemory,
  ProjectFolder,
  PrompterScripted,
  RegistryMemory,
  RegistryServed,
  SecretStoreMemory,
  SessionLogMemory,
  TokenStoreMemory
}

// Names that are checked, and failures that a test may want to hand out; all others are caught by their `_tag`.
export { AgentName, Slug } from "../domain/AgentName.ts"
export { ConnectionFailed, RequestTimedOut } from "../domain/netErrors.ts"
export { StoredMissing, StoreLocked, StoreUnavailable } from "../domain/storeErrors.ts"
