/**
 * A sync that is killed, interrupted, or refused by the operating system at one system call, and what it leaves. A
 * sample of the calls by default; `FAULTS=all` takes every call, `FAULTS=log` those on the session log and on replaced
 * files, and both print the counts.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { join } from "node:path"
import { skipUnless } from "../support/needs.ts"
import { agentText, registryWith, scratch, type Scratch } from "../support/program.ts"
import {
  type Fault,
  filesOf,
  killAt,
  type Lab,
  labOf,
  type Probe,
  probeAll,
  type Rule,
  rules,
  spread,
  strace,
  type Verdict,
  verdictText
} from "./support.ts"

const all = process.env["FAULTS"] === "all"
const logAlone = process.env["FAULTS"] === "log"
const isLong = all || logAlone
/** Complaints of a kind. */
const shown = all ? 500 : 30
const needs = skipUnless([strace])
const errors = ["ENOSPC", "EACCES", "EROFS", "EMFILE", "EIO"]

const edited = ["edited", "conflict", "gone-and-edited"]
const foreign = ["mine.md", "Notes and more.md", join("team", "theirs.md")]

const addForeign = (project: Scratch): void => {
  for (const name of foreign) project.write(join(".claude", "agents", name), `not crewkit's: ${name}\r\n`)
}

const long = (name: string, word: string): string => agentText(name, `${word} `.repeat(3000))

const fresh = async (more: Record<string, string> = {}): Promise<Scratch> => {
  const project = scratch()
  registryWith(project.beside("registry"), {
    "agents/conflict.md": long("conflict", "first"),
    "agents/edited.md": agentText("edited"),
    "agents/gone.md": agentText("gone"),
    "agents/gone-and-edited.md": agentText("gone-and-edited"),
    "agents/lost.md": agentText("lost"),
    "agents/same.md": agentText("same"),
    "agents/updated.md": long("updated", "first"),
    ...more
  })
  registryWith(
    project.beside("later-registry"),
    Object.fromEntries(
      ["conflict", "edited", "gone", "gone-and-edited", "lost", "new", "same", "updated"].map((name) => [
        `agents/${name}.md`,
        agentText(name, "third")
      ])
    )
  )
  await project.crewkit(["init", "acme", "web", "--registry", "../registry"])
  addForeign(project)
  return project
}

/** The very first sync of a project. */
const first = async (): Promise<Lab> =>
  labOf({
    name: "first sync",
    project: await fresh({ "agents/fleeting.md": agentText("fleeting") }),
    foreign,
    edited: []
  })

/** A synced project in which everything has happened that a sync tells apart; `more` comes from the registry too. */
const moved = async (more: Record<string, string> = {}): Promise<Scratch> => {
  const project = await fresh()
  await project.crewkit(["sync"])
  for (const name of edited) {
    const file = join(".claude", "agents", `${name}.md`)
    project.write(file, `${project.read(file)}\nmy own words \u00e9\r\n\u0000 and no line's end`)
  }
  fs.rmSync(project.path(".claude", "agents", "lost.md"))
  const registry = project.beside("registry")
  for (const gone of ["gone", "gone-and-edited"]) fs.rmSync(join(registry, "agents", `${gone}.md`))
  registryWith(registry, {
    "agents/conflict.md": long("conflict", "second"),
    "agents/fleeting.md": agentText("fleeting"),
    "agents/new.md": agentText("new"),
    "agents/updated.md": long("updated", "second"),
    ...more
  })
  return project
}

const synced = async (): Promise<Lab> => labOf({ name: "sync", project: await moved(), foreign, edited })

/** The files of such a sync are written, but not its state; and the registry has moved on. */
const again = async (): Promise<Lab> => {
  const project = await moved()
  const earlier = filesOf(project.path(".claude", "agents"))
  await killAt(project, join(".agent", "agents.lock"))
  registryWith(project.beside("registry"), {
    "agents/conflict.md": long("conflict", "between"),
    "agents/new.md": agentText("new", "between"),
    "agents/updated.md": long("updated", "between")
  })
  return labOf({ name: "sync after a killed one", project, foreign, edited: [], earlier: [earlier] })
}

/** Enough new files that most of them are still to be written when the signal comes. */
const many = Object.fromEntries(
  Array.from({ length: 30 }, (_, index) => `agent-${index}`).map((name) => [`agents/${name}.md`, agentText(name)])
)

const crowd = async (): Promise<Lab> => labOf({ name: "long sync", project: await moved(many), foreign, edited })

const killed: Fault = { kind: "kill" }
const failing = (code: string): Fault => ({ kind: "error", code })

/** The first write of each kind of file: there a file is open and empty. */
const emptyFiles = (lab: Lab): ReadonlyArray<number> => {
  const kinds = lab.calls.map(({ syscall, target }) =>
    syscall.includes("write")
      ? target
          .split("/")
          .slice(0, 2)
          .join("/")
          .replace(/[^/]+\.tmp$/, "")
      : ""
  )
  return [...kinds.entries()].filter(([index, kind]) => kind !== "" && kinds.indexOf(kind) === index).map(([at]) => at)
}

const killsOf = (lab: Lab, count: number): ReadonlyArray<Probe> => {
  const indexes = new Set(all ? lab.calls.keys() : [...emptyFiles(lab), ...spread([...lab.calls.keys()], count)])
  return [...indexes].map((index) => ({ index, fault: killed }))
}

/** Every error at every call; in the short form the errors in turn at calls spread evenly. */
const failuresOf = (lab: Lab, count: number): ReadonlyArray<Probe> =>
  all
    ? [...lab.calls.keys()].flatMap((index) => errors.map((code) => ({ index, fault: failing(code) })))
    : spread([...lab.calls.keys()], count).map((index, turn) => ({
        index,
        fault: failing(errors[turn % errors.length] ?? "EIO")
      }))

/** Calls on the session log, and on files that are replaced: kills and errors in turn; `count` of each. */
const logFaultsOf = (lab: Lab, count: number): ReadonlyArray<Probe> => {
  const calls = [...lab.calls.entries()].filter(([, { label }]) =>
    /\.crewkit\/(?:sessions|agents-seen)|\.old/.test(label)
  )
  const indexes = calls.map(([index]) => index)
  return [
    ...spread(indexes, count).map((index) => ({ index, fault: killed })),
    ...spread(indexes, count).map((index, turn) => ({ index, fault: failing(errors[turn % errors.length] ?? "EIO") }))
  ]
}

const renamesOf = (lab: Lab): ReadonlyArray<number> =>
  [...lab.calls.entries()].filter(([, call]) => call.syscall.startsWith("rename")).map(([index]) => index)

const signalsOf = (lab: Lab, count: number): ReadonlyArray<Probe> =>
  all
    ? renamesOf(lab).flatMap((index) => [
        { index, fault: { kind: "signal", signal: "INT" } as const },
        { index, fault: { kind: "signal", signal: "TERM" } as const }
      ])
    : spread(renamesOf(lab), count).map((index, turn) => ({
        index,
        fault: { kind: "signal", signal: turn % 2 === 0 ? "INT" : "TERM" } as const
      }))

/** Renames at which most of the agents are still to be written. */
const isEarly = (lab: Lab, index: number): boolean => {
  const agents = renamesOf(lab).filter((at) => lab.calls[at]?.target.startsWith(join(".claude", "agents")))
  return index <= (agents[Math.floor(agents.length / 3)] ?? 0)
}

const labs: Array<Lab> = []
const probes: Array<Probe & { readonly lab: Lab }> = []
const verdicts: Array<Verdict> = []

/** The long form takes two labs that are the same, one for each core; the short form has two different ones at once. */
const run = async (make: () => Promise<Lab>, choose: (lab: Lab) => ReadonlyArray<Probe>): Promise<void> => {
  const twins = await Promise.all(isLong ? [make(), make()] : [make()])
  labs.push(...twins)
  const [lab] = twins
  if (lab === undefined) return
  for (const twin of twins) {
    assert.deepStrictEqual(
      twin.calls.map((call) => call.label),
      lab.calls.map((call) => call.label)
    )
  }
  const chosen = choose(lab)
  const found = await probeAll(twins, chosen)
  probes.push(...chosen.map((probe) => ({ ...probe, lab })))
  verdicts.push(...found)
}

const complaints = (rule: Rule): ReadonlyArray<string> =>
  verdicts.flatMap((verdict) =>
    verdict.problems
      .filter((problem) => problem.rule === rule)
      .map((problem) => `${verdictText(verdict)}: ${problem.text}`)
  )

const printCounts = (): void => {
  const of = (kind: Fault["kind"]) => verdicts.filter((verdict) => verdict.fault.kind === kind)
  const codes = (kind: Fault["kind"]) =>
    [...new Set(of(kind).map((verdict) => verdict.code))]
      .map((code) => `${of(kind).filter((verdict) => verdict.code === code).length} exit ${code}`)
      .join(", ")
  const lines = [
    ...new Set(labs.map((lab) => `${lab.name}: ${lab.calls.length} calls, ${renamesOf(lab).length} renames`)),
    `points killed: ${of("kill").length}`,
    `errors injected: ${of("error").length} (${codes("error")})`,
    `signals sent: ${of("signal").length} (${codes("signal")})`,
    `failures: ${verdicts.filter((verdict) => verdict.problems.length > 0).length} points`,
    ...Object.entries(rules).map(([rule, text]) => `  ${complaints(rule as Rule).length} against: ${text}`)
  ]
  process.stdout.write(`\n${lines.join("\n")}\n`)
}

describe.skipIf(needs.skip)(`crewkit sync under faults${needs.suffix}`, () => {
  beforeAll(
    async () => {
      const most = () =>
        run(synced, (lab) => [...killsOf(lab, 6), ...failuresOf(lab, 6), ...(all ? [] : logFaultsOf(lab, 3))])
      const rest = async () => {
        await run(first, (lab) => [...killsOf(lab, 2), ...failuresOf(lab, 3)])
        await run(again, (lab) => killsOf(lab, 2))
        await run(crowd, (lab) => signalsOf(lab, 4))
      }
      if (logAlone) await run(synced, (lab) => logFaultsOf(lab, Infinity))
      else if (all) {
        await most()
        await rest()
      } else await Promise.all([most(), rest()])
      if (isLong) printCounts()
    },
    isLong ? 3_600_000 : 300_000
  )

  afterAll(() => {
    for (const lab of labs) lab[Symbol.dispose]()
  })

  it("starts from everything that a sync tells apart", () => {
    const lab = labs.find(({ name }) => name === "sync")
    for (const line of [
      "conflict  edited here, updated there, replaced",
      "edited  edited here, replaced",
      "gone  removed in the registry, removed",
      "gone-and-edited  removed in the registry, edited here, removed",
      "lost  missing, written",
      "new  new, written",
      "updated  updated, replaced"
    ]) {
      assert.include(lab?.clean.stdout, `  ${line}\n`)
    }
    assert.isAbove(lab?.calls.length ?? 0, 40)
  })

  it.skipIf(logAlone)("ends by the signal where most of the work is still to be done", () => {
    const early = verdicts.filter(
      (verdict, place) =>
        verdict.fault.kind === "signal" &&
        probes[place] !== undefined &&
        isEarly(probes[place].lab, probes[place].index)
    )
    assert.isAbove(early.length, 1)
    for (const verdict of early) {
      const due = verdict.fault.kind === "signal" && verdict.fault.signal === "INT" ? 130 : 143
      assert.strictEqual(verdict.code, due, verdictText(verdict))
      assert.isFalse(verdict.complete, verdictText(verdict))
    }
  })

  for (const [rule, text] of Object.entries(rules)) {
    it(text, () => {
      const found = complaints(rule as Rule)
      const more = found.length > shown ? [`and ${found.length - shown} more`] : []
      assert.strictEqual([...found.slice(0, shown), ...more].join("\n"), "")
    })
  }
})
