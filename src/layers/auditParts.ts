/** Parts of the audit that other files will bring. */
import type { ClientModel } from "../domain/audit/ClientModel.ts"

const order = ["no", "scoped", "yes"] as const

export const gainsBetween = (before: ClientModel | undefined, after: ClientModel): ReadonlyArray<string> =>
  after.capabilities
    .filter(({ capability, reach }) => {
      const old = before?.capabilities.find((row) => row.capability === capability)?.reach ?? "no"
      return order.indexOf(reach) > order.indexOf(old)
    })
    .map(({ capability }) => capability)
