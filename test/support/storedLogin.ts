/** What the keychain has of a login, read and written as the program does it: by its own helper process. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { launcher } from "./program.ts"

/** The part of `domain/Credential.ts` that tests look at. */
export interface StoredLogin {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresAt: number
  readonly generation: number
  readonly intent?: { readonly at: number }
  readonly ended?: { readonly at: number; readonly reason: string }
}

export interface StoredLogins extends AsyncDisposable {
  readonly read: (origin: string) => Promise<StoredLogin | undefined>
  /** Takes the access token for one that has expired; gives what is stored from then on. */
  readonly expire: (origin: string) => Promise<StoredLogin>
}

export const openStoredLogins = (env: Record<string, string>): StoredLogins => {
  const child = spawn(process.execPath, [join(dirname(launcher), "keychain.cjs")], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["pipe", "pipe", "inherit"]
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let id = 0
  const ask = async (op: "get" | "set", origin: string, secret?: string): Promise<string | boolean | null> => {
    const request = { id: ++id, op, service: "crewkit", username: `${origin} default` }
    child.stdin.write(`${JSON.stringify(secret === undefined ? request : { ...request, secret })}\n`)
    // The first line of all says that it runs.
    if (id === 1) await lines.next()
    const line = await lines.next()
    if (line.done === true) throw new Error("the keychain's helper has ended")
    const answer: { readonly value?: string | boolean | null; readonly error?: string } = JSON.parse(line.value)
    if (answer.value === undefined) throw new Error(`the keychain: ${answer.error}`)
    return answer.value
  }
  const read = async (origin: string): Promise<StoredLogin | undefined> => {
    const value = await ask("get", origin)
    return typeof value === "string" ? JSON.parse(Buffer.from(value, "base64").toString("utf8")) : undefined
  }
  return {
    read,
    expire: async (origin) => {
      const stored = await read(origin)
      if (stored === undefined) throw new Error(`nobody is logged in to ${origin}`)
      const expired: StoredLogin = { ...stored, expiresAt: 1 }
      await ask("set", origin, Buffer.from(JSON.stringify(expired)).toString("base64"))
      return expired
    },
    [Symbol.asyncDispose]: async () => {
      const exit = once(child, "exit")
      child.stdin.end()
      await exit
    }
  }
}
