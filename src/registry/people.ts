/** Who may sign in on the device page: users, their one-time invites, their passwords and their browser sessions. */
import { Clock, Effect, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { browserSessionSeconds, inviteLife } from "./policy.ts"
import { PasswordHash } from "./PasswordHash.ts"
import { token, uuid } from "./random.ts"
import { Secrets } from "./Secrets.ts"
import { atomically, forUpdate } from "./transaction.ts"

export const invitePrefix = "crewkit-invite-"

/** An address as it is compared: members' own spelling may differ in case. Postgres takes no NUL in a text. */
export const plainEmail = (email: string): string => email.replaceAll("\0", "").trim().toLowerCase()

interface NewUser {
  readonly email: string
  readonly name: string
  readonly org: string
}

/**
 * A user and a fresh invite; earlier invites end. A user who is there keeps the password until the invite is used. Where
 * the organization changes, logins made for the other one end.
 */
export const addUser = Effect.fn("registry.addUser")(function* ({ email, name, org }: NewUser) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  return yield* atomically(
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const fresh = yield* uuid
      const made = yield* sql`INSERT INTO users (id, email, name, org, created_at)
        VALUES (${fresh}, ${plainEmail(email)}, ${name}, ${org}, ${now})
        ON CONFLICT (email) DO NOTHING RETURNING id`
      const [known] =
        made.length > 0
          ? []
          : yield* sql<{ readonly id: string; readonly org: string }>`
              SELECT id, org FROM users WHERE email = ${plainEmail(email)} ${yield* forUpdate}`
      const id = known?.id ?? fresh
      if (known !== undefined) {
        yield* sql`UPDATE users SET name = ${name}, org = ${org} WHERE id = ${id}`
        if (known.org !== org) {
          // Codes first, then families, as when a code is redeemed: a login that is made meanwhile is seen, and ends.
          yield* sql`UPDATE device_codes SET status = 'denied' WHERE user_id = ${id} AND status = 'approved'`
          yield* sql`UPDATE families SET revoked_at = ${now}, revoked_why = 'moved'
            WHERE user_id = ${id} AND revoked_at IS NULL`
          yield* sql`DELETE FROM access_tokens WHERE family_id IN (SELECT id FROM families WHERE user_id = ${id})`
        }
      }
      yield* sql`DELETE FROM invites WHERE user_id = ${id}`
      const invite = yield* token(invitePrefix)
      const expiresAt = now + inviteLife
      yield* sql`INSERT INTO invites (hash, user_id, expires_at) VALUES (${hash(invite)}, ${id}, ${expiresAt})`
      return { id, invite, expiresAt, known: known !== undefined }
    })
  )
})

export interface Person {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly org: string
}

/** The id of the person with this address. */
export const idOf = Effect.fn("registry.idOf")(function* (email: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly id: string }>`SELECT id FROM users WHERE email = ${plainEmail(email)}`
  return Option.fromUndefinedOr(row?.id)
})

interface PersonRow extends Person {
  readonly password: string | null
}

/** The person whom this e-mail and password, or unused invite, belong to. */
export const signIn = Effect.fn("registry.signIn")(function* (email: string, secret: Redacted.Redacted) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const passwords = yield* PasswordHash
  const now = yield* Clock.currentTimeMillis
  if (Redacted.value(secret).startsWith(invitePrefix)) {
    const [person] =
      yield* sql<Person>`SELECT u.id, u.email, u.name, u.org FROM invites i JOIN users u ON u.id = i.user_id
      WHERE i.hash = ${hash(secret)} AND u.email = ${plainEmail(email)} AND i.used_at IS NULL AND i.expires_at > ${now}`
    return Option.map(Option.fromUndefinedOr(person), (person) => ({ person, byInvite: true }))
  }
  const [row] =
    yield* sql<PersonRow>`SELECT id, email, name, org, password FROM users WHERE email = ${plainEmail(email)}`
  const right = yield* passwords.verify(secret, row?.password ?? null)
  return row === undefined || !right
    ? Option.none<{ person: Person; byInvite: boolean }>()
    : Option.some({ person: { id: row.id, email: row.email, name: row.name, org: row.org }, byInvite: false })
})

/** Takes the invite; false where another sign-in took it a moment ago. */
export const useInvite = Effect.fn("registry.useInvite")(function* (invite: Redacted.Redacted) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const now = yield* Clock.currentTimeMillis
  const rows = yield* sql`UPDATE invites SET used_at = ${now} WHERE hash = ${hash(invite)} AND used_at IS NULL
    RETURNING hash`
  return rows.length === 1
})

/** Signs the person in to the device page, under a secret that is new with every sign-in. */
export const openSession = Effect.fn("registry.openSession")(function* (userId: string, needsPassword: boolean) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const now = yield* Clock.currentTimeMillis
  const secret = yield* token("")
  yield* sql`INSERT INTO browser_sessions (hash, user_id, expires_at, needs_password)
    VALUES (${hash(secret)}, ${userId}, ${now + browserSessionSeconds * 1000}, ${needsPassword ? 1 : 0})`
  return secret
})

interface SessionRow extends Person {
  readonly needs_password: number
}

export const session = Effect.fn("registry.session")(function* (secret: Redacted.Redacted) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const now = yield* Clock.currentTimeMillis
  const [row] = yield* sql<SessionRow>`SELECT u.id, u.email, u.name, u.org, s.needs_password
    FROM browser_sessions s JOIN users u ON u.id = s.user_id
    WHERE s.hash = ${hash(secret)} AND s.expires_at > ${now}`
  return Option.map(Option.fromUndefinedOr(row), ({ email, id, name, needs_password, org }) => ({
    person: { id, email, name, org },
    needsPassword: needs_password !== 0
  }))
})

export const closeSession = Effect.fn("registry.closeSession")(function* (secret: Redacted.Redacted) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  yield* sql`DELETE FROM browser_sessions WHERE hash = ${hash(secret)}`
})

/** Sets the password and ends the person's other sign-ins. */
export const setPassword = Effect.fn("registry.setPassword")(function* (
  userId: string,
  password: Redacted.Redacted,
  current: Redacted.Redacted
) {
  const sql = yield* SqlClient.SqlClient
  const { hash } = yield* Secrets
  const stored = yield* (yield* PasswordHash).hash(password)
  yield* atomically(
    Effect.gen(function* () {
      yield* sql`UPDATE users SET password = ${stored} WHERE id = ${userId}`
      yield* sql`DELETE FROM browser_sessions WHERE user_id = ${userId} AND hash <> ${hash(current)}`
      yield* sql`UPDATE browser_sessions SET needs_password = 0 WHERE hash = ${hash(current)}`
    })
  )
})
