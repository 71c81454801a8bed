import { Effect } from "effect"
import type { Slug } from "../domain/AgentName.ts"
import { OrgPolicy } from "../domain/audit/Policy.ts"
import type { Snapshot } from "./ContentFolder.ts"
import { decodeFile, notRefused } from "./roles.ts"

/** `orgs/<org>/audit.yml`. One that cannot be read fails the call: an audit with no policy would be a looser one. */
export const auditPolicyOf = Effect.fnUntraced(function* (snapshot: Snapshot, org: Slug) {
  yield* notRefused(snapshot, `orgs/${org}/audit.yml`)
  return snapshot.audit === undefined ? undefined : yield* decodeFile(OrgPolicy, snapshot.audit)
})
