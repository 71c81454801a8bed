import { Argument, Command, Flag } from "effect/cli"
import { grace } from "../domain/listen.ts"
import { lazyRun } from "./lazy.ts"

const root = Flag.String("root").pipe(
  Flag.withMetavar("DIR"),
  Flag.withDescription("The registry's folder, with agents/ and orgs/ in it")
)
const state = Flag.String("state").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription("SQLite file for users, logins and sessions; in your data folder where left out"),
  Flag.optional
)
const databaseUrl = Flag.Redacted("database-url").pipe(
  Flag.withMetavar("URL"),
  Flag.withDescription(
    "Postgres in place of the file. Others see arguments: better CREWKIT_DATABASE_URL or --database-url-file"
  ),
  Flag.optional
)
const databaseUrlFile = Flag.String("database-url-file").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription("File that holds the URL of the database"),
  Flag.optional
)
const place = { root, state, databaseUrl, databaseUrlFile }
const file = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar("FILE"), Flag.withDescription(description), Flag.optional)

const serve = Command.make(
  "serve",
  {
    ...place,
    listen: Flag.String("listen").pipe(
      Flag.withMetavar("HOST:PORT"),
      Flag.withDescription("Address to listen on; port 0 for any free one"),
      Flag.withDefault("127.0.0.1:8787")
    ),
    publicUrl: Flag.String("public-url").pipe(
      Flag.withMetavar("URL"),
      Flag.withDescription("Where others reach it, such as https://agents.example.com"),
      Flag.optional
    ),
    tlsCert: file("tls-cert", "Certificate chain, PEM"),
    tlsKey: file("tls-key", "The certificate's private key, PEM"),
    behindProxy: Flag.Boolean("behind-proxy").pipe(
      Flag.withDescription("A proxy of yours in front does TLS and appends to X-Forwarded-For"),
      Flag.withDefault(false),
      Flag.withoutNegation
    ),
    grace: Flag.Int("grace").pipe(
      Flag.withMetavar("SECONDS"),
      Flag.withDescription("So long a repeated refresh gets the same answer again; 0 for never"),
      Flag.withDefault(grace.usual)
    )
  },
  lazyRun("registry serve", () => import("./registryServe.run.ts"))
).pipe(
  Command.withDescription(
    "Serve a folder of agents to a team, with logins. Stays in the foreground until it is stopped. Needs Node 22.13 or later, or Postgres."
  ),
  Command.withShortDescription("Serve a folder of agents to a team"),
  Command.withExamples([
    { command: "crewkit registry serve --root ./agents-registry", description: "On this machine alone" },
    {
      command:
        "crewkit registry serve --root /srv/agents --listen 0.0.0.0:443 --public-url https://agents.example.com --tls-cert cert.pem --tls-key key.pem",
      description: "For the team"
    },
    {
      command: "crewkit registry serve --root /srv/agents --database-url-file /etc/crewkit/database-url",
      description: "State in Postgres, which several of these may share"
    }
  ])
)

const add = Command.make(
  "add",
  {
    email: Argument.String("email").pipe(Argument.withDescription("The member's address, as org.yml lists it")),
    org: Flag.String("org").pipe(Flag.withMetavar("ORG"), Flag.withDescription("The organization")),
    ...place,
    name: Flag.String("name").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("The person's name; from org.yml where left out"),
      Flag.optional
    )
  },
  lazyRun("registry user add", () => import("./registryUserAdd.run.ts"))
).pipe(
  Command.withDescription(
    "Let a member of an organization sign in. Prints a one-time invite, once; again for a new one. Earlier invites end."
  ),
  Command.withShortDescription("Let a member sign in"),
  Command.withExamples([
    {
      command: "crewkit registry user add ada@acme.example --org acme --root ./agents-registry",
      description: "Prints an invite that works for 7 days"
    }
  ])
)

const user = Command.make("user").pipe(
  Command.withDescription("Who may sign in to a served registry"),
  Command.withExamples([
    {
      command: "crewkit registry user add ada@acme.example --org acme --root ./agents-registry",
      description: "Invite a member"
    }
  ]),
  Command.withSubcommands([add])
)

export const registry = Command.make("registry").pipe(
  Command.withDescription("Serve a registry of your own"),
  Command.withExamples([
    { command: "crewkit registry serve --root ./agents-registry", description: "On this machine alone" }
  ]),
  Command.withSubcommands([serve, user])
)
