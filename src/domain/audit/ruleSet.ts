/** Every rule there is. A family adds its own array; nothing else has to know of it. */
import type { Rule } from "./Rule.ts"

export const rules: ReadonlyArray<Rule> = []
