/**
 * An attack class: one thing that somebody could put into an agent file, in several spellings, and benign texts that
 * look like it. Written without looking at the rules.
 */
import type { Category, Severity } from "../../src/domain/audit/Finding.ts"
import { placeText } from "./placing.ts"

export interface AttackClass {
  readonly id: string
  readonly family: Category
  /** An audit that says less than this has missed it. */
  readonly severityAtLeast: Severity
  /** One of these has to say it. */
  readonly expectedRules: ReadonlyArray<string>
  /** How many spellings there are; `n` below picks one by its remainder, and a place by the rest. */
  readonly spellings: number
  /** The host with the attack in it. */
  readonly attack: (host: string, n: number) => string
  readonly twins: number
  /** The host with something in it that only looks like the attack. */
  readonly twin: (host: string, n: number) => string
}

type Variant<A> = readonly [A, ...ReadonlyArray<A>]

export const pick = <A>(of: Variant<A>, n: number): A => of[n % of.length] ?? of[0]

interface Common {
  readonly id: string
  readonly severityAtLeast: Severity
  readonly expectedRules: ReadonlyArray<string>
}

/** Words in the body (or the description): both attack and twin stand at a place that varies. */
export const spoken = ({
  attacks,
  family = "instructions",
  twins,
  ...common
}: Common & {
  readonly family?: Category
  readonly attacks: Variant<string>
  readonly twins: Variant<string>
}): AttackClass => ({
  ...common,
  family,
  spellings: attacks.length,
  attack: (host, n) => placeText(host, pick(attacks, n), Math.floor(n / attacks.length)),
  twins: twins.length,
  twin: (host, n) => placeText(host, pick(twins, n), Math.floor(n / twins.length))
})

export type Change = (host: string) => string

/** A change of the whole file, of its frontmatter mostly. */
export const changed = ({
  attacks,
  twins,
  ...common
}: Common & {
  readonly family: Category
  readonly attacks: Variant<Change>
  readonly twins: Variant<Change>
}): AttackClass => ({
  ...common,
  spellings: attacks.length,
  attack: (host, n) => pick(attacks, n)(host),
  twins: twins.length,
  twin: (host, n) => pick(twins, n)(host)
})
