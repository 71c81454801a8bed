/** The parts of the audit that others make, in one place. */
import { entryOf, type AuditedFile } from "../domain/audit/AuditedFile.ts"
import type { ClientModel } from "../domain/audit/ClientModel.ts"
import { secretHit, secretInfo } from "../domain/audit/rules/secrets.ts"
import { secretsIn } from "../domain/audit/rules/secretSearch.ts"
import type { RuleHit } from "../domain/audit/engine.ts"

export const modelOf = (file: AuditedFile): ClientModel => {
  const name = entryOf(file, "name")?.value
  const tools = entryOf(file, "tools")?.value
  return {
    loading:
      typeof name === "string"
        ? { loads: true, name, description: "" }
        : { loads: false, reason: "", at: { start: 0, end: 0 } },
    tools: {
      everything: typeof tools !== "string",
      because: "listed",
      granted: typeof tools === "string" ? tools.split(",").map((tool) => ({ tool: tool.trim() })) : [],
      dropped: [],
      removed: []
    },
    capabilities: [
      {
        capability: "runs commands",
        reach: JSON.stringify(tools ?? "Bash").includes("Bash") ? "yes" : "no",
        by: "Bash"
      }
    ]
  }
}

export const capabilityChanges = (before: ClientModel | undefined, after: ClientModel): ReadonlyArray<string> =>
  after.capabilities
    .filter(({ reach }, index) => reach !== "no" && before?.capabilities[index]?.reach !== reach)
    .map(({ capability }) => capability)

export const configSecrets = (text: string): ReadonlyArray<RuleHit> =>
  secretsIn(text).map((found) => ({ rule: secretInfo, hit: secretHit(text, found) }))
