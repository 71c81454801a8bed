/** The rules about text that a model reads and a person does not see. */
import type { Rule } from "../Rule.ts"
import { namingKeys, unicodeTags, variationSelectors, withEscapes, zeroWidthText } from "./hiddenTextCharacters.ts"
import { bidiControls, terminalEscapes } from "./hiddenTextControls.ts"
import { hiddenInstructions } from "./hiddenTextInstructions.ts"
import { textOutOfSight } from "./hiddenTextLayout.ts"
import { disguisedName } from "./hiddenTextNames.ts"

export const hiddenTextRules: ReadonlyArray<Rule> = [
  disguisedName,
  ...[unicodeTags, variationSelectors, bidiControls, terminalEscapes].map((rule) => ({
    ...rule,
    check: withEscapes(rule.check)
  })),
  { ...zeroWidthText, check: withEscapes(zeroWidthText.check, namingKeys) },
  textOutOfSight,
  hiddenInstructions
]
