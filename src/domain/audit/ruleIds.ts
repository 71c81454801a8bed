/**
 * The ids of all rules, for reading a configuration without loading the rules themselves. A test keeps them in step
 * with `ruleSet.ts`.
 */
export const ruleIds: ReadonlyArray<string> = [
  "beyond-policy-fields",
  "beyond-policy-hooks",
  "beyond-policy-mcp",
  "beyond-policy-tools",
  "suppression-expired",
  "suppression-refused",
  "suppression-unused"
]
