/** Every rule there is. A family adds its own array; nothing else has to know of it. */
import type { RuleInfo } from "./Finding.ts"
import type { Rule } from "./Rule.ts"
import { hiddenTextRules } from "./rules/hiddenText.ts"
import { instructionRules } from "./rules/instructions.ts"
import { loadingRules } from "./rules/loading.ts"
import { permissionRules } from "./rules/permissions.ts"
import { policyRules } from "./rules/policy.ts"
import { secretRules } from "./rules/secrets.ts"
import { secretInConfigInfo } from "./rules/secretsConfig.ts"
import { secretInGit } from "./rules/tracked.ts"
import { suppressionRules } from "./suppression.ts"

/** Those that look at an agent file. */
export const rules: ReadonlyArray<Rule> = [
  ...loadingRules,
  ...permissionRules,
  ...hiddenTextRules,
  ...instructionRules,
  ...secretRules,
  ...policyRules
]

/** All that a finding can name, those that look at something else than an agent file among them. */
export const ruleInfos: ReadonlyArray<RuleInfo> = [...rules, secretInConfigInfo, secretInGit, ...suppressionRules]
