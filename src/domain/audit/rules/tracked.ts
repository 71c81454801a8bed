import type { RuleHit } from "../engine.ts"
import { Confidence, type RuleInfo } from "../Finding.ts"

/** Not about an agent: about the configuration, where it holds a secret and git keeps it. */
export const secretInGit: RuleInfo = {
  id: "secret-in-git",
  category: "secrets",
  title: "A secret in a file that git keeps",
  severity: "critical",
  why: "Whoever has the repository has the secret, and taking it out of the file leaves it in the history.",
  remedy:
    "Revoke it where it came from, since it counts as known. Then take it out of the file; if the file as a whole should not be in the repository, git rm --cached takes it out of the index."
}

/** One finding for the file, at its surest secret. */
export const trackedSecret = (path: string, secrets: ReadonlyArray<RuleHit>): ReadonlyArray<RuleHit> => {
  const weight = ({ hit }: RuleHit) => Confidence.literals.indexOf(hit.confidence)
  const [surest] = secrets.toSorted((one, other) => weight(other) - weight(one))
  if (surest === undefined) return []
  const { confidence, start } = surest.hit
  return [
    {
      rule: secretInGit,
      hit: {
        // Before the secret, not on it: two findings at one place would be taken for one.
        start,
        end: start,
        message: `git keeps ${path}, and it holds a secret: revoke it, then git rm --cached ${path} or take the secret out`,
        confidence,
        identity: "tracked"
      }
    }
  ]
}
