/** What a rule is handed, for rules that look at the text alone. */
import type { RuleContext } from "../../src/domain/audit/Rule.ts"
import type { SpeechOf } from "../../src/domain/audit/speech.ts"

export const contextOf = (speech: SpeechOf): RuleContext => ({
  speech,
  sameName: [],
  model: {
    loading: { loads: true, name: "a", description: "b" },
    tools: { everything: true, because: "absent", granted: [], dropped: [], removed: [], refused: false },
    capabilities: []
  }
})
