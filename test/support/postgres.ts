/**
 * A PostgreSQL of the tests' own: in a temporary folder, on a socket alone, as a user that is not root, gone at the end.
 * The machine's own cluster is not touched.
 */
import { execFile, execFileSync, spawn } from "node:child_process"
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { postgres } from "./needs.ts"

const run = promisify(execFile)

/** PostgreSQL refuses to run as root; Debian's package makes this user. */
const idOf = (flag: "-u" | "-g"): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }))

export interface Postgres extends AsyncDisposable {
  /** A place for one test's tables, and the URL that leads there. */
  readonly fresh: () => Promise<string>
  /** What `psql` prints for a statement. */
  readonly query: (url: string, statement: string) => Promise<string>
}

export interface Options {
  /** True where a commit is to be on the disk before it is answered; tests do not ask for that. */
  readonly durable?: boolean
}

export const startPostgres = async ({ durable = false }: Options = {}): Promise<Postgres> => {
  const bin = dirname(postgres.path ?? "")
  const base = mkdtempSync(join(realpathSync(tmpdir()), "crewkit-pg-"))
  const data = join(base, "data")
  const root = process.getuid?.() === 0
  const as = root ? { uid: idOf("-u"), gid: idOf("-g") } : {}
  mkdirSync(data)
  chmodSync(base, 0o755)
  if (as.uid !== undefined) for (const folder of [base, data]) chownSync(folder, as.uid, as.gid)
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8" }
  await run(join(bin, "initdb"), ["-D", data, "-U", "crewkit", "-A", "trust", "-E", "UTF8", "--no-sync"], {
    ...as,
    cwd: base,
    env
  })
  const settings = [
    "listen_addresses=",
    `unix_socket_directories=${base}`,
    "max_connections=120",
    ...(durable ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"])
  ]
  // It ends with whoever started it, however that ends.
  const privileges = root ? [`--reuid=${as.uid}`, `--regid=${as.gid}`, "--clear-groups"] : []
  const child = spawn(
    "setpriv",
    [
      ...privileges,
      "--pdeathsig",
      "INT",
      join(bin, "postgres"),
      "-D",
      data,
      ...settings.flatMap((each) => ["-c", each])
    ],
    { cwd: base, env, stdio: ["ignore", "ignore", "pipe"] }
  )
  let log = ""
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (text: Buffer) => {
      log = `${log}${text.toString("utf8")}`.slice(-10_000)
      if (log.includes("ready to accept connections")) resolve()
    })
    void ended.then(() => reject(new Error(`PostgreSQL did not start: ${log}`)))
  })
  const server = `postgres:///postgres?host=${encodeURIComponent(base)}&user=crewkit`
  const query = async (url: string, statement: string): Promise<string> => {
    const { stdout } = await run(
      join(bin, "psql"),
      ["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", statement, url],
      {
        env
      }
    )
    return stdout
  }
  let schemas = 0
  return {
    fresh: async () => {
      const schema = `test_${++schemas}`
      await query(server, `CREATE SCHEMA ${schema}`)
      return `${server}&options=${encodeURIComponent(`-csearch_path=${schema}`)}`
    },
    query,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGQUIT")
      await ended
      rmSync(base, { recursive: true, force: true })
    }
  }
}
