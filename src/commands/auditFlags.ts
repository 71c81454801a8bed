/** The arguments of `agents audit`. */
import { Argument, Flag } from "effect/cli"
import { Confidence, Severity } from "../domain/audit/Finding.ts"

const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

export const auditFlags = {
  paths: Argument.String("path").pipe(
    Argument.withDescription(
      "Files, folders with every *.md below them, or - for standard input; without any, the project's .claude/agents and .agent/config.yml"
    ),
    Argument.variadic()
  ),
  sarif: Flag.String("sarif").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Write SARIF 2.1.0 for code scanning; - prints it"),
    Flag.optional
  ),
  markdown: Flag.String("markdown").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Write a table for a pull request; - prints it"),
    Flag.optional
  ),
  fix: toggle("fix", "Mend what can be mended safely; what was there is kept"),
  failOn: Flag.Literals("fail-on", Severity.literals).pipe(
    Flag.withDescription("Exit 7 from this severity on (default: as audit.failOn says, else high)"),
    Flag.optional
  ),
  rules: Flag.String("rule").pipe(
    Flag.withMetavar("ID"),
    Flag.withDescription("This rule alone; can be given several times"),
    Flag.atLeast(0)
  ),
  minConfidence: Flag.Literals("min-confidence", Confidence.literals).pipe(
    Flag.withDescription("Leave out what is less sure"),
    Flag.optional
  ),
  stdinName: Flag.String("stdin-name").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("What to call standard input in the report"),
    Flag.withDefault("stdin")
  ),
  writeBaseline: toggle("write-baseline", "Accept what is found now, in .agent/audit-baseline.yml; needs --reason"),
  reason: Flag.String("reason").pipe(
    Flag.withMetavar("TEXT"),
    Flag.withDescription("Why it is accepted"),
    Flag.optional
  ),
  expires: Flag.String("expires").pipe(
    Flag.withMetavar("DATE"),
    Flag.withDescription("The last day on which that holds, as 2026-12-31"),
    Flag.optional
  )
}
