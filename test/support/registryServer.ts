/**
 * The built program as a registry over HTTP, and a person with a browser that knows no JavaScript: for tests that need
 * a login. Where this Node has no SQLite, `servable` is false and such a test is to be skipped.
 */
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { examples, launcher, type Run, runProgram } from "./program.ts"

/** A Node that can serve: that of the test, whatever Node runs the program otherwise. */
const server = process.execPath
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
export const servable = major > 22 || (major === 22 && minor >= 13)
if (!servable) process.stderr.write("skipped, for want of a Node with SQLite (22.13): registry serve\n")

export interface RegistryServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly state: string
  /** Adds a member and gives the one-time invite. */
  readonly invite: (email: string, org?: string) => Promise<string>
  /** Adds a member who has a password from here on; `approve` does so by itself. */
  readonly member: (email: string, org?: string) => Promise<Member>
  /** Signs in as the member (added where it is new) and approves, or denies, the login with this code. */
  readonly approve: (userCode: string, email?: string, decision?: "approve" | "deny") => Promise<string>
  /** The first line that it printed. */
  readonly printed: string
  /** Sends a signal, SIGTERM say, and gives the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<Run>
}

interface Member {
  readonly email: string
  readonly password: string
}

export interface ServeOptions {
  /** The example registry where left out. Its members: ada (senior), noor, kofi (junior) @acme.example of acme. */
  readonly root?: string
  readonly state?: string
  /** The URL of a Postgres in place of the file. */
  readonly database?: string
  /** More flags, `["--grace", "0"]` say. */
  readonly args?: ReadonlyArray<string>
  /** The address of something in front of it, by which people and programs know it. */
  readonly front?: string
  /** True for text in place of JSON: the access log of `--debug` is for people. */
  readonly text?: boolean
  /** Environment beside PATH and a home of its own. */
  readonly env?: Record<string, string>
}

/** A browser as far as forms go: keeps cookies, follows redirects by GET, says its origin. */
export class FormBrowser {
  readonly origin: string
  private cookies = new Map<string, string>()

  constructor(origin: string) {
    this.origin = origin
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ")
    const response = await fetch(new URL(path, this.origin), {
      ...init,
      redirect: "manual",
      headers: { ...Object.fromEntries(new Headers(init.headers)), ...(cookie === "" ? {} : { cookie }) }
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";")
      const at = pair.indexOf("=")
      this.cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    const next = response.headers.get("location")
    return next === null ? response : this.send(next, { method: "GET" })
  }

  async open(path: string): Promise<Page> {
    return pageOf(await this.send(path, { method: "GET" }))
  }

  /** Sends the form with this action, its hidden fields and these. */
  async submit(page: Page, action: string, fields: Record<string, string>): Promise<Page> {
    const form = new RegExp(`<form[^>]*action="${action}"[^>]*>([^]*?)</form>`).exec(page.html)?.[1]
    if (form === undefined) throw new Error(`no form ${action} on a page titled ${page.title}`)
    const hidden = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name = "", value = ""]): [string, string] => [name, value]
    )
    const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields })
    return pageOf(await this.send(action, { method: "POST", body, headers: { origin: this.origin } }))
  }
}

export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly html: string
  readonly title: string
}

const pageOf = async (response: Response): Promise<Page> => {
  const html = await response.text()
  return { status: response.status, headers: response.headers, html, title: /<h1>([^<]*)<\/h1>/.exec(html)?.[1] ?? "" }
}

/** Starts `registry serve` on a free port and waits until it listens. */
export const serveRegistry = async (options: ServeOptions = {}): Promise<RegistryServer> => {
  const root = options.root ?? examples
  const base = mkdtempSync(join(realpathSync(tmpdir()), "crewkit-registry-"))
  const state = options.state ?? join(base, "state", "registry.sqlite")
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: base,
    NO_COLOR: "1",
    ...(options.database === undefined ? {} : { CREWKIT_DATABASE_URL: options.database }),
    ...options.env
  }
  const place = ["--root", root, ...(options.database === undefined ? ["--state", state] : [])]
  const args = [
    launcher,
    "registry",
    "serve",
    ...place,
    "--listen",
    "127.0.0.1:0",
    ...(options.text === true ? [] : ["--json"]),
    ...(options.front === undefined ? [] : ["--public-url", options.front]),
    ...(options.args ?? [])
  ]
  const child = spawn(server, args, { cwd: base, env, stdio: ["ignore", "pipe", "pipe"] })
  let stdout = ""
  let stderr = ""
  const ended = new Promise<Run>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString("utf8")))
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (data: Buffer) => {
      stdout += data.toString("utf8")
      if (stdout.includes("\n")) resolve(/https?:[^\s"]+/.exec(stdout)?.[0] ?? "")
    })
    void ended.then(() => reject(new Error(`the registry did not start: ${stdout}${stderr}`)))
  })
  const stop = (signal: NodeJS.Signals = "SIGTERM"): Promise<Run> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return ended
  }

  const passwords = new Map<string, string>()
  const invite = async (email: string, org = "acme"): Promise<string> => {
    const run = await runProgram(
      server,
      [launcher, "registry", "user", "add", email, "--org", org, ...place, "--json"],
      {
        cwd: base,
        env
      }
    )
    if (run.code !== 0) throw new Error(`registry user add ended with ${run.code}: ${run.stdout}${run.stderr}`)
    return JSON.parse(run.stdout).data.invite
  }

  const signIn = async (email: string, userCode: string, org?: string): Promise<[FormBrowser, Page]> => {
    const browser = new FormBrowser(options.front ?? url)
    const entered = await browser.submit(await browser.open("/device"), "/device", { user_code: userCode })
    const known = passwords.get(email)
    const secret = known ?? (await invite(email, org))
    const page = await browser.submit(entered, "/device/sign-in", { email, secret })
    if (known !== undefined) return [browser, page]
    const password = `${email} has a long password`
    const set = await browser.submit(page, "/device/password", { password, again: password })
    passwords.set(email, password)
    return [browser, set]
  }

  return {
    url,
    printed: stdout,
    state,
    invite,
    member: async (email, org) => {
      // Any well-formed code leads through the sign-in; this one is of no login.
      await signIn(email, "BBBB-BBBB", org)
      return { email, password: passwords.get(email) ?? "" }
    },
    approve: async (userCode, email = "ada@acme.example", decision = "approve") => {
      const [browser, page] = await signIn(email, userCode)
      const done = await browser.submit(page, "/device/decision", { decision })
      if (done.status !== 200) throw new Error(`not decided: ${done.status} ${done.title}`)
      return done.title
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      if (existsSync(base)) rmSync(base, { recursive: true, force: true })
    }
  }
}

/** An access token as a program gets it that a person has let in. */
export const tokenFrom = async (server: RegistryServer, email?: string): Promise<string> => {
  const ask = async (path: string, fields: Record<string, string>): Promise<Readonly<Record<string, string>>> => {
    const response = await fetch(`${server.url}/api/v1/auth/${path}`, {
      method: "POST",
      body: new URLSearchParams({ client_id: "crewkit-cli", ...fields })
    })
    return JSON.parse(await response.text())
  }
  const { device_code = "", user_code = "" } = await ask("device", { scope: "" })
  await server.approve(user_code, email)
  const grant_type = "urn:ietf:params:oauth:grant-type:device_code"
  return (await ask("token", { grant_type, device_code }))["access_token"] ?? ""
}
