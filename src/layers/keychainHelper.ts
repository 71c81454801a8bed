/**
 * The process that talks to the OS keychain, built as `dist/keychain.cjs`. A keychain that hangs blocks the thread
 * that asks it and cannot be interrupted, so the asking is done here and the parent kills this process when its limit
 * is over. JSON lines: requests on standard input, answers on standard output, and before the first answer a line that
 * says that it runs: from there on the limit of the keychain counts. The end of the input, that is the end
 * of the parent, is the end of this process.
 */
import type { AsyncEntry } from "@napi-rs/keyring"
import { read, writeSync } from "node:fs"
import { createRequire } from "node:module"

interface Request {
  readonly id: number
  readonly op: "get" | "set" | "delete" | "ping"
  readonly service: string
  readonly username: string
  /** Base64. */
  readonly secret?: string
}

interface Keyring {
  readonly AsyncEntry: typeof AsyncEntry
}

/** Not `process.exit`: that waits for a call that the keychain does not answer. */
const end = (): void => {
  process.kill(process.pid, "SIGKILL")
}

// Ctrl-C and a stop go to the whole process group; the parent may still have a rotated token to save.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined)

/** The way to the item that is likely to be asked for, made ready meanwhile; to the item itself nobody has gone. */
let ready: { readonly username: string; readonly entry: AsyncEntry } | undefined

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const load = (): Keyring | string => {
  const require = createRequire(import.meta.filename)
  if (process.platform === "linux") {
    try {
      // What the package itself ends up with on most machines, without looking for the kind of libc: 3 to 5 ms less.
      return require(`@napi-rs/keyring-linux-${process.arch}-gnu`)
    } catch {
      // Another libc: the package knows.
    }
  }
  try {
    return require("@napi-rs/keyring")
  } catch (cause) {
    return `Not installed: ${reasonOf(cause)}`
  }
}

/** At once, while the parent is still loading. */
const keyring = load()

/** The store is pinned: where there is no Secret Service, the kernel's keyring would be used, lost on reboot. */
const entryOf = ({ service, username }: Pick<Request, "service" | "username">): AsyncEntry => {
  if (typeof keyring === "string") throw new Error(keyring)
  if (ready?.username === username && service === "crewkit") return ready.entry
  return new keyring.AsyncEntry(service, username, { linux: { store: "secret-service" } })
}

/**
 * The Secret Service finds an item first and then reads it. One that another process has deleted in between (a logout)
 * is no fault of the keychain's: looked for once more, it is not there.
 */
const settled = <A>(work: () => Promise<A>): Promise<A> =>
  work().catch((cause: unknown) => {
    if (/No such (?:interface|object)|Object does not exist/.test(reasonOf(cause))) return work()
    throw cause
  })

/** Text is the secret in base64; null is no such item; true is done. */
const answer = async (request: Request): Promise<string | boolean | null> => {
  const entry = entryOf(request)
  switch (request.op) {
    case "ping":
      return true
    case "get": {
      const secret = await settled(() => entry.getSecret())
      return secret === null ? null : Buffer.from(secret).toString("base64")
    }
    case "set":
      await entry.setSecret(Buffer.from(request.secret ?? "", "base64"))
      return true
    case "delete":
      return settled(() => entry.deleteCredential())
  }
}

const say = (value: object): void => {
  try {
    const line = Buffer.from(`${JSON.stringify(value)}\n`)
    let offset = 0
    while (offset < line.length) offset += writeSync(1, line, offset)
  } catch {
    end()
  }
}

const handle = (line: string): void => {
  const request: Request = JSON.parse(line)
  void answer(request).then(
    (value) => say({ id: request.id, value }),
    (cause: unknown) => say({ id: request.id, error: reasonOf(cause) })
  )
}

const chunk = Buffer.alloc(65_536)
let rest = Buffer.alloc(0)

const listen = (): void =>
  read(0, chunk, 0, chunk.length, null, (error, size) => {
    if (error !== null || size === 0) {
      end()
      return
    }
    rest = Buffer.concat([rest, chunk.subarray(0, size)])
    for (let newline = rest.indexOf(10); newline >= 0; newline = rest.indexOf(10)) {
      handle(rest.toString("utf8", 0, newline))
      rest = rest.subarray(newline + 1)
    }
    listen()
  })

say({ ready: true })
listen()

const [, , hint] = process.argv
if (hint !== undefined) {
  try {
    ready = { username: hint, entry: entryOf({ service: "crewkit", username: hint }) }
  } catch {
    // Whoever asks is told.
  }
}
