/** What a change of an agent file changes in what the agent can do. Loaded where a file changes, and not before. */
import { type CapabilityChanges, capabilityChanges } from "../domain/audit/capabilityChanges.ts"
import { noCapabilities } from "../domain/audit/capabilities.ts"
import { modelOf } from "../domain/audit/modelOf.ts"
import type { ReadAgent } from "../services/AgentReader.ts"

/** `before` is undefined where there is no file yet. */
export const changesBetween = (
  read: ReadAgent,
  path: string,
  before: Uint8Array | undefined,
  after: Uint8Array
): CapabilityChanges => {
  const rows = (bytes: Uint8Array) => modelOf(read(path, bytes)).capabilities
  return capabilityChanges(before === undefined ? noCapabilities : rows(before), rows(after))
}
