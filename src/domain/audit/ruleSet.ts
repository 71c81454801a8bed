/** Every rule there is. A family adds its own array; nothing else has to know of it. */
import type { RuleInfo } from "./Finding.ts"
import type { Rule } from "./Rule.ts"
import { policyRules } from "./rules/policy.ts"
import { suppressionRules } from "./suppression.ts"

/** Those that look at an agent file. */
export const rules: ReadonlyArray<Rule> = [...policyRules]

/** All that a finding can name, those that look at something else than an agent file among them. */
export const ruleInfos: ReadonlyArray<RuleInfo> = [...rules, ...suppressionRules]
