import { Effect, Option, Schema } from "effect"
import { Slug } from "../domain/AgentName.ts"
import { RegistryUnreachable, RoleNotAllowed, RoleUnknown } from "../domain/errors.ts"
import {
  ToolName,
  builtInRoles,
  defaultRole,
  mayTake,
  Mode,
  PermissionMode,
  type RoleModifier
} from "../domain/Role.ts"
import { Caller } from "../api/Caller.ts"
import { ContentFolder, type ContentFile, type Snapshot } from "./ContentFolder.ts"

/** `orgs/<org>/org.yml` */
const OrgFile = Schema.Struct({
  name: Schema.optionalKey(Schema.String),
  default_role: Schema.optionalKey(Slug),
  members: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({ name: Schema.optionalKey(Schema.String), email: Schema.String, role: Schema.optionalKey(Slug) })
    )
  )
})

/** `roles/<role>.yml` */
const RoleFile = Schema.Struct({
  mode: Mode,
  description: Schema.optionalKey(Schema.String),
  prompt_prefix: Schema.optionalKey(Schema.String),
  tools_removed: Schema.optionalKey(Schema.Array(ToolName)),
  permission_mode: Schema.optionalKey(PermissionMode)
})

/** A registry whose roles cannot be read hands out nothing: an agent with too much freedom is worse than none. */
const invalid = (file: ContentFile) => (error: Schema.SchemaError) =>
  new RegistryUnreachable({
    registry: file.path,
    reason: error.message
      .split("\n")
      .map((line) => line.trim())
      .join(" "),
    hint: `correct ${file.path} in the registry`
  })

/** A YAML file of the registry against a closed schema. */
export const decodeFile = Effect.fnUntraced(function* <A, I>(schema: Schema.Codec<A, I>, file: ContentFile) {
  const folder = yield* ContentFolder
  const data = yield* folder.yaml(file)
  return yield* Effect.mapError(Schema.decodeUnknownEffect(schema)(data, { onExcessProperty: "error" }), invalid(file))
})

/** Fails where the file is there but was refused: a link, or too large. */
export const notRefused = Effect.fnUntraced(function* (snapshot: Pick<Snapshot, "refused">, path: string) {
  const entry = snapshot.refused.find((each) => each.file === path)
  if (entry !== undefined) {
    return yield* new RegistryUnreachable({
      registry: path,
      reason: entry.reason,
      hint: `correct ${path} in the registry`
    })
  }
})

const roleNamed = Effect.fnUntraced(function* (snapshot: Snapshot, name: Slug) {
  yield* notRefused(snapshot, `roles/${name}.yml`)
  const file = snapshot.roles.get(name)
  if (file === undefined) return Option.fromUndefinedOr(builtInRoles.find((role) => role.name === name))
  const content = yield* decodeFile(RoleFile, file)
  const role: RoleModifier = {
    name,
    mode: content.mode,
    ...(content.description === undefined ? {} : { description: content.description }),
    promptPrefix: (content.prompt_prefix ?? "").trim(),
    toolsRemoved: content.tools_removed ?? [],
    ...(content.permission_mode === undefined ? {} : { permissionMode: content.permission_mode })
  }
  return Option.some(role)
})

const demand = Effect.fnUntraced(function* (snapshot: Snapshot, name: Slug) {
  const role = yield* roleNamed(snapshot, name)
  if (Option.isSome(role)) return role.value
  const known = new Set([...snapshot.roles.keys(), ...builtInRoles.map((each) => each.name)])
  return yield* new RoleUnknown({ role: name, known: [...known].sort() })
})

/**
 * The member of an organization with this e-mail and their role's name; none where `org.yml` does not list them. Where
 * there is no `org.yml` it fails: git takes a file away for a moment when it replaces it, and that ends nobody's login.
 */
export const memberOf = Effect.fn("registry.memberOf")(function* (org: Slug, email: string) {
  const folder = yield* ContentFolder
  const found = yield* folder.organization(org)
  yield* notRefused(found, `orgs/${org}/org.yml`)
  const path = `orgs/${org}/org.yml`
  if (found.org === undefined) {
    return yield* new RegistryUnreachable({
      registry: path,
      reason: "there is no such file",
      hint: `list the members in ${path} in the registry`
    })
  }
  const { default_role, members, name } = yield* decodeFile(OrgFile, found.org)
  const member = members?.find((each) => each.email.toLowerCase() === email.toLowerCase())
  return Option.map(Option.fromUndefinedOr(member), (member): Member => ({
    name: member.name ?? email,
    role: member.role ?? default_role ?? defaultRole,
    organization: name ?? org
  }))
})

export interface Member {
  readonly name: string
  readonly role: Slug
  /** The organization as it calls itself. */
  readonly organization: string
}

/**
 * The caller's role: that of the member with their e-mail, else the organization's default, else `intermediate`. A
 * lower one may be asked for.
 */
export const roleOf = Effect.fn("registry.roleOf")(function* (snapshot: Snapshot, asked: Slug | undefined) {
  const { email, org: slug } = yield* Caller
  yield* notRefused(snapshot, `orgs/${slug}/org.yml`)
  const org = snapshot.org === undefined ? undefined : yield* decodeFile(OrgFile, snapshot.org)
  const members = org?.members ?? []
  const mine = members.length === 0 ? undefined : Option.getOrUndefined(yield* email)?.toLowerCase()
  const member = mine === undefined ? undefined : members.find((each) => each.email.toLowerCase() === mine)
  const own = yield* demand(snapshot, member?.role ?? org?.default_role ?? defaultRole)
  if (asked === undefined || asked === own.name) return own
  const lower = yield* demand(snapshot, asked)
  return mayTake(own, lower) ? lower : yield* new RoleNotAllowed({ asked, own: own.name })
})
