import { Command, Flag } from "effect/cli"
import { remoteRun } from "./lazy.ts"

const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

const login = Command.make(
  "login",
  {
    withToken: toggle("with-token", "Read an access token from standard input instead of asking in the browser"),
    qr: toggle("qr", "Show the address as a QR code as well"),
    noBrowser: toggle("no-browser", "Do not open the browser")
  },
  remoteRun("auth login", () => import("./authLogin.run.ts"))
).pipe(
  Command.withDescription("Log in to the registry: approve a code in the browser; the tokens go to the OS keychain"),
  Command.withExamples([
    { command: "crewkit auth login", description: "The configured registry, or api.crewkit.io" },
    { command: "crewkit auth login --registry https://agents.example.com", description: "Another one" },
    { command: "crewkit auth login --with-token < token.txt", description: "A token that you have" }
  ])
)

const status = Command.make(
  "status",
  {},
  remoteRun("auth status", () => import("./authStatus.run.ts"))
).pipe(
  Command.withDescription("Who is logged in, for how long, and where the tokens are kept; asks no server"),
  Command.withExamples([{ command: "crewkit auth status", description: "Exit code 3 when nobody is logged in" }])
)

const logout = Command.make(
  "logout",
  {},
  remoteRun("auth logout", () => import("./authLogout.run.ts"))
).pipe(
  Command.withDescription("Revoke the tokens on the registry and delete them from this machine"),
  Command.withExamples([{ command: "crewkit auth logout", description: "Deletes offline too, and then says so" }])
)

export const auth = Command.make("auth").pipe(
  Command.withDescription("The login to a registry: login, status, logout"),
  Command.withExamples([{ command: "crewkit auth login", description: "Once; it stays valid by itself" }]),
  Command.withSubcommands([login, status, logout])
)
