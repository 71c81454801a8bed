/**
 * Which attacks of test/attacks the audit misses, and which benign twins it calls high: one line for each spelling.
 *
 *     node scripts/attackTable.ts [--own] [--texts] [CLASS…]
 */
import { Effect } from "effect"
import { parseArgs } from "node:util"
import { classes } from "../test/attacks/classes.ts"
import { ownHosts, realHosts } from "../test/attacks/hosts.ts"
import { audit } from "../test/attacks/inProcess.ts"
import { missesOf, withBare } from "../test/attacks/judge.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { own: { type: "boolean", default: false }, texts: { type: "boolean", default: false } }
})

/** The lines that the host has not, long ones cut. */
const added = (host: string, changed: string): string => {
  const before = new Set(host.split(/\r?\n/))
  return changed
    .split(/\r?\n/)
    .filter((line) => !before.has(line))
    .map((line) => JSON.stringify(line.length > 300 ? `${line.slice(0, 140)}…${line.slice(-140)}` : line))
    .slice(0, 12)
    .join("\n      ")
}

const main = Effect.gen(function* () {
  const hosts = yield* withBare(values.own ? ownHosts : [...ownHosts, ...realHosts()], audit)
  let [attacks, missed, twins, wrong] = [0, 0, 0, 0]
  for (const attack of classes) {
    if (positionals.length > 0 && !positionals.includes(attack.id)) continue
    const misses = yield* missesOf(attack, hosts, audit)
    attacks += attack.spellings * hosts.length
    twins += attack.twins * hosts.length
    const groups = Map.groupBy(
      misses,
      ({ kind, n }) => `${kind} ${n % (kind === "twin" ? attack.twins : attack.spellings)}`
    )
    for (const [which, all] of groups) {
      if (which.startsWith("twin")) wrong += all.length
      else missed += all.length
      const [first] = all
      if (first === undefined) continue
      const host = hosts.find(({ path }) => path === first.host)
      const what =
        first.kind === "twin"
          ? "wants nothing high"
          : `wants ${attack.severityAtLeast} of ${attack.expectedRules.join(" or ")}`
      console.log(
        `${attack.id} ${which}: ${all.length}/${hosts.length} hosts (${all
          .slice(0, 4)
          .map((miss) => `${miss.host} n=${miss.n}`)
          .join(", ")}); ${what}; said ${first.said.join("; ") || "nothing"}`
      )
      if (values.texts && host !== undefined)
        console.log(
          `      ${added(host.text, first.kind === "twin" ? attack.twin(host.text, first.n) : attack.attack(host.text, first.n))}`
        )
    }
  }
  console.log(
    `${classes.length} classes, ${hosts.length} hosts: ${missed} of ${attacks} attacks missed, ${wrong} of ${twins} twins called high`
  )
})

await Effect.runPromise(main)
