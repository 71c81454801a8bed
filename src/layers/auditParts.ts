/** Parts of the audit that other files will bring. */
import type { ClientModel } from "../domain/audit/ClientModel.ts"
import type { RuleHit } from "../domain/audit/engine.ts"
import { secretHit, secretInfo } from "../domain/audit/rules/secrets.ts"
import { secretsIn } from "../domain/audit/rules/secretSearch.ts"

const order = ["no", "scoped", "yes"] as const

export const gainsBetween = (before: ClientModel | undefined, after: ClientModel): ReadonlyArray<string> =>
  after.capabilities
    .filter(({ capability, reach }) => {
      const old = before?.capabilities.find((row) => row.capability === capability)?.reach ?? "no"
      return order.indexOf(reach) > order.indexOf(old)
    })
    .map(({ capability }) => capability)

export const configSecrets = (text: string): ReadonlyArray<RuleHit> =>
  secretsIn(text).map((found) => ({ rule: secretInfo, hit: secretHit(text, found) }))
