/** Whole phrases by which overriding and concealing are said, each found by one word and what stands around it. */
import { endOf, eachOf, startOf, type Words, wordSet } from "../words.ts"
import { ahead, behind, type Place } from "./instructionKit.ts"

interface Phrase {
  readonly word: ReturnType<typeof wordSet>
  readonly before?: RegExp
  readonly after?: RegExp
}

const found =
  (phrases: ReadonlyArray<Phrase>, says: string) =>
  (words: Words): ReadonlyArray<Place> =>
    phrases.flatMap(({ after, before, word }) =>
      eachOf(words, word).flatMap((at): ReadonlyArray<Place> => {
        const [start, end] = [startOf(words, at), endOf(words, at)]
        const left = before?.exec(behind(words.text, start, 60))
        const right = after?.exec(ahead(words.text, end, 80))
        if (left === null || right === null) return []
        return [
          { start: start - (left?.[0].length ?? 0), end: end + (right?.[0].length ?? 0), says, severity: "medium" }
        ]
      })
    )

export const overridingPhrases = found(
  [
    {
      word: wordSet("bound"),
      before: /\byou\s+are\s+(?:no longer|not)\s+$/i,
      after: /^\s+by\s+(?:the|your|any|these|those|its)\b/i
    },
    {
      word: wordSet("priority precedence"),
      after: /^\s+(?:than|over)\s+(?:the\s+|your\s+|any\s+)?(?:system|user|previous|earlier|CLAUDE|project|safety)\b/i
    },
    { word: wordSet("prompt instructions"), before: /\bnew\s+system\s+$/i, after: /^\s*:/ },
    {
      word: wordSet("claude"),
      before: /\b(?:do not|don['’]t|never)\s+(?:follow|obey|read|heed)\s+$/i,
      after: /^\.md\b/i
    },
    {
      word: wordSet("rules restrictions limits guidelines guardrails"),
      before: /\bas\s+(?:if|though)\s+(?:you\s+had|you\s+have|there\s+were)\s+no(?:\s+\w+)?\s+$/i
    },
    {
      word: wordSet("guidelines guardrails instructions restrictions"),
      before:
        /\b(?:set|put|leave|lay)\s+aside\s+(?:all\s+|any\s+)?(?:of\s+)?(?:your|the|previous|these)\s+(?:\w+\s+)?$/i
    },
    {
      word: wordSet("above before"),
      before: /\beverything\s+(?:written\s+|said\s+|that came\s+)?$/i,
      after: /^[^.\n]{0,30}\b(?:is|are)\s+(?:obsolete|void|invalid|outdated|cancel\w*|no longer)\b/i
    }
  ],
  "Told that the instructions given by others no longer hold"
)

const somebody = "(?:the\\s+|any\\s*)?(?:users?|humans?|person|operator|one|body|reviewers?|team)"

export const concealingPhrases = found(
  [
    {
      word: wordSet("nothing"),
      before: /\b(?:say|mention|report|reveal)\s+$/i,
      after: new RegExp(
        `^\\s+(?:(?:about|of)\\s+(?:this|it|these|what\\s+you)\\b|[^.\\n]{0,30}\\bto\\s+${somebody}\\b)`,
        "i"
      )
    },
    {
      word: wordSet("learn know hear find"),
      before: new RegExp(
        `\\b${somebody}\\s+(?:must|may|should|can)(?:\\s+not|not|n['’]t|\\s+never)\\s+(?:ever\\s+)?$`,
        "i"
      ),
      after: /^\s+(?:out\s+)?(?:of|about)\s+(?:this|it|these|what\s+you)\b/i
    },
    {
      word: wordSet("summary report answer log"),
      before: /\b(?:leave|keep)\s+(?:this|it|these)(?:\s+\w+)?\s+out\s+of\s+(?:your|the|any)\s+$/i
    },
    {
      word: wordSet("deny lie pretend"),
      before: new RegExp(`\\bif\\s+${somebody}\\s+asks?\\b[^.\\n]{0,40}?,?\\s+(?:then\\s+)?(?:just\\s+)?$`, "i")
    },
    { word: wordSet("informing telling notifying"), before: /\bwithout\s+$/i, after: /^\s+any(?:one|body)\b/i },
    {
      word: wordSet("happened"),
      before: /\bas\s+(?:if|though)\s+(?:this|it|nothing)(?:\s+\w+)?\s+(?:had|has)?\s*(?:not|never)?\s*$/i
    }
  ],
  "Told to keep this from the user"
)
