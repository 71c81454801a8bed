import { Effect, Option, Redacted, Schema } from "effect"
import { Slug } from "../domain/AgentName.ts"
import { UsageError } from "../domain/errors.ts"
import { code, faint } from "../domain/text.ts"
import { Output } from "../services/Output.ts"
import { RegistryServer } from "../services/RegistryServer.ts"
import { type PlaceInput, placeOf } from "./registryPlace.ts"

const Invited = Schema.Struct({
  email: Schema.String,
  org: Schema.String,
  name: Schema.String,
  role: Schema.String,
  /** Good once, until `expires_at`; nobody can print it again. */
  invite: Schema.String,
  expires_at: Schema.String
})

interface Input extends PlaceInput {
  readonly email: string
  readonly org: string
  readonly name: Option.Option<string>
}

export const data = Invited

export const run = Effect.fn("registry user add")(function* (input: Input) {
  const output = yield* Output
  const server = yield* RegistryServer
  const org = Schema.decodeOption(Slug)(input.org)
  if (Option.isNone(org)) {
    return yield* new UsageError({
      problem: `--org ${input.org} is not the name of an organization`,
      next: "lower-case letters, digits and hyphens, as its folder under orgs/"
    })
  }
  const email = input.email.trim()
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) {
    return yield* new UsageError({ problem: `${input.email} is not an e-mail address`, next: "ada@acme.example" })
  }
  const { expiresAt, invite, known, name, role } = yield* server.addUser({
    email,
    org: org.value,
    ...(yield* placeOf(input)),
    name: Option.getOrUndefined(input.name)
  })
  // The one place where an invite is shown: it is what the command is for.
  const shown = Redacted.value(invite)
  yield* output.result(Invited, { email, org: org.value, name, role, invite: shown, expires_at: expiresAt }, [
    [`${name} (${email}) ${known ? "has a new invite" : "may sign in"} for ${org.value}, as ${role}`],
    [],
    ["  ", code(shown)],
    [],
    [faint(`Good once, until ${expiresAt}. It is not shown again; pass it on over a channel that you trust.`)]
  ])
})
