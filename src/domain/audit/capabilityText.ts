/** Capabilities as lines for people. */
import { bad, faint, good, type Line, type Span, strong, warn } from "../text.ts"
import type { CapabilityChange, CapabilityChanges } from "./capabilityChanges.ts"
import { type CapabilityRow, type Loading, verifiedWith } from "./ClientModel.ts"

/** `runs commands, writes files (Bash)`: what has one reason stands together. */
const together = (changes: ReadonlyArray<CapabilityChange>): string => {
  const groups = new Map<string, Array<string>>()
  for (const { by, capability } of changes) groups.set(by, [...(groups.get(by) ?? []), capability])
  return [...groups].map(([by, names]) => `${names.join(", ")}${by === "" ? "" : ` (${by})`}`).join("; ")
}

/** `code-reviewer gains: runs commands (Bash)`; nothing where nothing changes. */
export const changeLines = (name: string, changes: CapabilityChanges): ReadonlyArray<Line> => {
  const line = (
    verb: string,
    look: (text: string) => Span,
    some: ReadonlyArray<CapabilityChange>
  ): ReadonlyArray<Line> => (some.length === 0 ? [] : [["  ", strong(name), look(` ${verb}: `), together(some)]])
  return [
    ...line("gains", warn, changes.gains),
    ...line("loses", good, changes.losses),
    ...line("narrows", good, changes.narrowings)
  ]
}

const reachLook: { readonly [reach in CapabilityRow["reach"]]: (text: string) => Span } = {
  yes: warn,
  scoped: warn,
  no: faint
}

const widest = 25

/** The table of one agent: whether it loads, and a line for each capability. */
export const capabilityTable = (
  loading: Loading,
  refused: boolean,
  rows: ReadonlyArray<CapabilityRow>,
  takenAway: ReadonlyArray<CapabilityChange>,
  role: string
): ReadonlyArray<Line> => {
  if (!loading.loads) return [[bad("Claude Code does not load it: "), loading.reason]]
  const head: Line = refused
    ? [bad("Claude Code does not start it: "), "no name in its tools is one of a tool"]
    : ["Claude Code loads it as ", strong(loading.name), faint(`  (as measured with ${verifiedWith})`)]
  const table = rows.map(({ by, capability, reach }): Line => {
    const taken = takenAway.find((change) => change.capability === capability)
    const note = taken === undefined ? "" : `${by === "" ? "" : "; "}taken away by the role ${role}`
    return ["  ", capability.padEnd(widest), reachLook[reach](reach.padEnd(8)), by, faint(note)]
  })
  return [head, ...table]
}
