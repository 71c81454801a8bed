/** The files of `examples/ci/` as the two services would run them, as far as shell and conditions go. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "yaml"
import { type Run, runProgram } from "./program.ts"

export interface Step {
  readonly line: string
  /** Runs also after a step that failed. */
  readonly always: boolean
}

export interface Job {
  readonly env: Readonly<Record<string, string>>
  readonly steps: ReadonlyArray<Step>
}

interface GitHubStep {
  readonly uses?: string
  readonly run?: string
  readonly if?: string
}

export interface GitHubFile {
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions: Readonly<Record<string, string>>
        readonly env: Readonly<Record<string, string>>
        readonly steps: ReadonlyArray<GitHubStep>
      }
    >
  >
}

interface GitLabJob {
  readonly extends?: string
  readonly before_script?: ReadonlyArray<string>
  readonly script?: ReadonlyArray<string>
}

const examples = join(import.meta.dirname, "..", "..", "examples", "ci")

export const readCi = (name: string): string => readFileSync(join(examples, name), "utf8")

export const githubFile = (): GitHubFile => parse(readCi("github-actions.yml"))

/** The one job of the workflow; steps that use an action are left out. */
export const githubJob = (): Job => {
  const [job] = Object.values(githubFile().jobs)
  if (job === undefined) throw new Error("the workflow has no job")
  return {
    env: job.env,
    steps: job.steps.flatMap((step) =>
      step.run === undefined ? [] : [{ line: step.run, always: step.if?.includes("!cancelled()") === true }]
    )
  }
}

export const gitlabJob = (name: string): Job => {
  const { variables, ...jobs }: { variables: Record<string, string> } & Record<string, GitLabJob> = parse(
    readCi("gitlab-ci.yml")
  )
  const job = jobs[name]
  if (job === undefined) throw new Error(`no job ${name}`)
  const { before_script: before = [] } = { ...jobs[job.extends ?? ""], ...job }
  return { env: variables, steps: [...before, ...(job.script ?? [])].map((line) => ({ line, always: false })) }
}

export interface StepRun extends Run {
  readonly line: string
}

/** Runs each step as both services do, `bash -e -o pipefail`: what ran, and the code of the first that failed. */
export const runJob = async (
  job: Job,
  cwd: string,
  env: Record<string, string>
): Promise<{ readonly code: number; readonly runs: ReadonlyArray<StepRun> }> => {
  const runs: Array<StepRun> = []
  let code = 0
  for (const { always, line } of job.steps) {
    if (code !== 0 && !always) continue
    const run = await runProgram("bash", ["-e", "-o", "pipefail", "-c", line], { cwd, env: { ...job.env, ...env } })
    runs.push({ ...run, line })
    if (code === 0) code = run.code ?? 128
  }
  return { code, runs }
}
