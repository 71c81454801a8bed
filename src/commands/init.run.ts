import { Effect, Option, Schema } from "effect"
import { Slug, slugify } from "../domain/AgentName.ts"
import { UsageError } from "../domain/errors.ts"
import { chooseRemote } from "../domain/gitRemote.ts"
import { code, good } from "../domain/text.ts"
import { Git } from "../services/Git.ts"
import { Invocation } from "../services/Invocation.ts"
import { Output } from "../services/Output.ts"
import { ProjectConfig } from "../services/ProjectConfig.ts"
import { Prompter } from "../services/Prompter.ts"

interface Input {
  readonly org: Option.Option<string>
  readonly project: Option.Option<string>
  readonly force: boolean
}

const InitResult = Schema.Struct({
  file: Schema.String,
  org: Schema.String,
  project: Schema.String,
  registry: Schema.optionalKey(Schema.String),
  ignored: Schema.Array(Schema.String)
})

const slugFrom = (what: string, text: string) =>
  Schema.decodeEffect(Slug)(text).pipe(
    Effect.mapError(() => {
      const guess = slugify(text)
      return new UsageError({
        problem:
          text === ""
            ? `there is no git remote to take the ${what} from`
            : `${what} "${text}" is not lower-case letters, digits and hyphens${guess === undefined ? "" : `; did you mean ${guess}?`}`,
        next: "crewkit init ORG PROJECT"
      })
    })
  )

export const data = InitResult

export const run = Effect.fn("init")(function* (input: Input) {
  const output = yield* Output
  const prompter = yield* Prompter
  const { registry } = yield* Invocation
  const proposal = chooseRemote(yield* (yield* Git).remotes)
  const given = (what: string, value: Option.Option<string>, proposed: string | undefined) =>
    Option.match(value, {
      onSome: (text) => slugFrom(what, text),
      onNone: () =>
        Effect.flatMap(prompter.text(what === "organization" ? "Organization" : "Project", proposed ?? ""), (text) =>
          slugFrom(what, text)
        )
    })
  const org = yield* given("organization", input.org, proposal?.org)
  const project = yield* given("project", input.project, proposal?.project)
  const config = yield* ProjectConfig
  const written = yield* config.create({
    org,
    project,
    registry: registry === "" ? undefined : registry,
    force: input.force
  })
  const value = {
    file: written.file,
    org,
    project,
    ...(registry === undefined || registry === "" ? {} : { registry }),
    ignored: written.ignored
  }
  yield* output.summary(InitResult, value, [
    [good("✓ "), `${written.file} written: organization ${org}, project ${project}`],
    ...(written.ignored.length > 0 ? [[`  .gitignore: ${written.ignored.join(", ")}`]] : []),
    ["  next: ", code("crewkit sync")]
  ])
})
