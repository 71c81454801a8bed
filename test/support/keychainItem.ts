/** Reads and writes one login in the test's keychain, through the program's own helper: the attributes are then its own. */
import { execFileSync } from "node:child_process"
import { dirname, join } from "node:path"
import type { Keychain } from "./keychain.ts"
import { launcher, node } from "./program.ts"

const helper = join(dirname(launcher), "keychain.cjs")

const ask = (keychain: Keychain, request: object): unknown => {
  // The end of its input ends the helper before it has answered: a shell keeps the pipe open until there is a line.
  const script = `const { spawn } = require("node:child_process")
    const child = spawn(process.execPath, [process.argv[1]], { stdio: ["pipe", "pipe", "ignore"] })
    let text = ""
    child.stdout.on("data", (data) => {
      text += data
      // The first line of all says that it runs.
      const answer = text.split("\\n").find((line) => line.includes('"id"') && line.endsWith("}"))
      if (answer !== undefined && child.stdin.writable) { process.stdout.write(answer); child.stdin.end() }
    })
    process.stdin.on("data", (data) => child.stdin.write(data))`
  const text = execFileSync(node, ["-e", script, helper], {
    env: { PATH: process.env["PATH"] ?? "", ...keychain.env },
    input: `${JSON.stringify({ id: 1, service: "crewkit", ...request })}\n`,
    encoding: "utf8"
  })
  const answer: { readonly value?: unknown; readonly error?: string } = JSON.parse(text)
  if (answer.error !== undefined) throw new Error(answer.error)
  return answer.value
}

export const readLogin = (keychain: Keychain, origin: string, account = "default"): string | undefined => {
  const value = ask(keychain, { op: "get", username: `${origin} ${account}` })
  return typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : undefined
}

export const writeLogin = (keychain: Keychain, origin: string, login: object, account = "default"): void => {
  const secret = Buffer.from(JSON.stringify(login)).toString("base64")
  ask(keychain, { op: "set", username: `${origin} ${account}`, secret })
}

/** A login as the program would have stored it. */
export const loginAt = (
  origin: string,
  tokens: { readonly access: string; readonly refresh?: string; readonly expiresAt: number },
  more: object = {}
) => ({
  version: 1,
  origin,
  account: "default",
  issuer: origin,
  tokenEndpoint: `${origin}/api/v1/auth/refresh`,
  revocation: { method: "DELETE", url: `${origin}/api/v1/auth/logout` },
  clientId: "crewkit-cli",
  accessToken: tokens.access,
  ...(tokens.refresh === undefined ? {} : { refreshToken: tokens.refresh }),
  expiresAt: tokens.expiresAt,
  generation: 1,
  ...more
})
