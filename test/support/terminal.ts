/** Runs a program in a real pseudo-terminal, of a tmux server that nobody else has. */
import { execFile } from "node:child_process"
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { tmux } from "./needs.ts"

export interface TerminalOptions {
  readonly cwd: string
  /** The whole environment of the program; the terminal adds TERM. */
  readonly env: Readonly<Record<string, string>>
  readonly columns?: number
  readonly rows?: number
}

export interface Terminal extends AsyncDisposable {
  /** What is on the screen now, without styles. */
  readonly screen: () => Promise<string>
  /** The same with its styles, as escape sequences. */
  readonly styled: () => Promise<string>
  /** All that was printed, with what scrolled away. */
  readonly history: () => Promise<string>
  /** Waits until the screen shows this, and returns the screen; rejects with the screen at the limit or the end. */
  readonly shows: (what: string | RegExp, limitMs?: number) => Promise<string>
  /** Types these characters. */
  readonly type: (text: string) => Promise<void>
  /** Presses keys by the names that tmux gives them: Enter, Escape, Up, C-c, C-d. */
  readonly press: (...keys: ReadonlyArray<string>) => Promise<void>
  /** Types a line, waits until it is on the screen (else it counts as pasted), and presses Enter. */
  readonly submit: (line: string) => Promise<void>
  readonly resize: (columns: number, rows: number) => Promise<void>
  /** Waits for the program's end: its exit code, or 128 and the signal that ended it. */
  readonly exit: (limitMs?: number) => Promise<number>
  readonly pid: number
}

const everyMs = 40
/** The program is not to see that it runs in tmux. */
const hidden = ["TMUX", "TMUX_PANE", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"]

/** Asks until there is an answer. */
const until = async <A>(
  limitMs: number,
  ask: () => Promise<A | undefined>,
  late: () => Promise<string>
): Promise<A> => {
  const end = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > end) throw new Error(await late())
    await pause(everyMs)
  }
}

const config = [
  "set -g remain-on-exit on",
  "set -g remain-on-exit-format ''",
  "set -g status off",
  "set -g history-limit 10000",
  "set -g escape-time 0"
]

export const openTerminal = async (
  program: string,
  args: ReadonlyArray<string>,
  options: TerminalOptions
): Promise<Terminal> => {
  const scratch = await mkdtemp(join(await realpath(tmpdir()), "terminal-"))
  const socket = join(scratch, "socket")
  await writeFile(join(scratch, "tmux.conf"), `${config.join("\n")}\n`)
  const ask = (...command: ReadonlyArray<string>) =>
    new Promise<string>((resolve, reject) => {
      execFile(
        tmux.path ?? "tmux",
        ["-S", socket, "-f", join(scratch, "tmux.conf"), ...command],
        { cwd: options.cwd, env: { ...options.env, LC_ALL: "C.UTF-8", TERM: "xterm-256color" } },
        (error, stdout) => (error ? reject(error) : resolve(stdout))
      )
    })
  const size = ["-x", String(options.columns ?? 120), "-y", String(options.rows ?? 40)]
  const tell = ["-P", "-F", "#{pid} #{pane_pid}"]
  const start = ["env", ...hidden.flatMap((name) => ["-u", name]), program, ...args]
  const [server = 0, pid = 0] = (await ask("new-session", "-d", ...size, ...tell, "--", ...start))
    .split(" ")
    .map(Number)

  const screen = () => ask("capture-pane", "-p")
  const styled = () => ask("capture-pane", "-e", "-p")
  const history = () => ask("capture-pane", "-p", "-J", "-S", "-")
  const ended = async (): Promise<number | undefined> => {
    const state = await ask("display-message", "-p", "#{pane_dead},#{pane_dead_status},#{pane_dead_signal}")
    const [dead, status, signal] = state.trim().split(",")
    if (dead !== "1") return undefined
    if (status === "" && signal === "") {
      // tmux 3.3 may miss the signal of a child's end, and then leaves it a zombie: tell it again.
      process.kill(server, "SIGCHLD")
      return undefined
    }
    return status === "" ? 128 + Number(signal) : Number(status)
  }
  const shows = (what: string | RegExp, limitMs = 20_000): Promise<string> => {
    const late = async (why: string) => `the terminal ${why} without showing ${String(what)}:\n${await history()}`
    const look = async (): Promise<string | undefined> => {
      const over = await ended()
      const now = await screen()
      if (typeof what === "string" ? now.includes(what) : what.test(now)) return now
      if (over !== undefined) throw new Error(await late(`ended with ${over}`))
      return undefined
    }
    return until(limitMs, look, () => late(`ran for ${limitMs} ms`))
  }
  const type = async (text: string) => void (await ask("send-keys", "-l", "--", text))
  const press = async (...keys: ReadonlyArray<string>) => void (await ask("send-keys", ...keys))
  const kill = (target: number) => {
    try {
      process.kill(target, "SIGKILL")
    } catch {
      // It has ended by itself.
    }
  }
  return {
    screen,
    styled,
    history,
    shows,
    type,
    press,
    submit: async (line) => {
      await type(line)
      await shows(line)
      await press("Enter")
    },
    resize: async (columns, rows) => void (await ask("resize-window", "-x", String(columns), "-y", String(rows))),
    exit: (limitMs = 20_000) =>
      until(limitMs, ended, async () => `the program was still running after ${limitMs} ms:\n${await history()}`),
    pid,
    [Symbol.asyncDispose]: async () => {
      // The pane's process leads a group of its own.
      if ((await ended().catch(() => undefined)) === undefined && pid > 1) kill(-pid)
      if (server > 1) kill(server)
      await rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    }
  }
}
