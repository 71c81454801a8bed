/**
 * The OS keychain, through a helper process: Secret Service on Linux, Keychain on macOS, Credential Manager on
 * Windows. One helper serves all operations of a run, one at a time.
 */
import { Effect, Option, Redacted, Schema, Semaphore } from "effect"
import type { ChildProcess } from "node:child_process"
import { type StoreFailure, StoreTimedOut, StoreTooLarge, StoreUnreadable } from "../domain/storeErrors.ts"
import { helperStartSeconds, keychainSeconds } from "../services/policies.ts"
import type { SecretItem } from "../services/SecretStore.ts"
import { noteItem, takeHelper } from "./keychainChild.ts"
import { keychainFailure } from "./keychainErrors.ts"
import { type OneStore, scratch, service } from "./oneStore.ts"

/** CRED_MAX_CREDENTIAL_BLOB_SIZE. Bytes. */
const windowsLimit = 2560

/** Seconds after which a helper that is asked nothing more is ended. */
const idleSeconds = 5

interface Request {
  readonly op: "get" | "set" | "delete" | "ping"
  readonly username: string
  readonly secret?: string
}

const Answer = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.Finite,
    value: Schema.optionalKey(Schema.NullOr(Schema.Union([Schema.String, Schema.Boolean]))),
    error: Schema.optionalKey(Schema.String)
  })
)
type Answer = typeof Answer.Type

const decodeAnswer = Schema.decodeUnknownOption(Answer)

/** Whether somebody could answer a dialog of the keychain. */
const attended = (): boolean => {
  const { isatty } = process.getBuiltinModule("node:tty")
  return isatty(0) && isatty(2)
}

const kill = (child: ChildProcess): void => {
  child.removeAllListeners()
  child.stdout?.removeAllListeners()
  child.on("error", () => undefined)
  child.kill("SIGKILL")
  child.stdin?.destroy()
  child.stdout?.destroy()
}

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** `input` is false where nobody may be asked anything. */
export const makeKeychainStore = Effect.fnUntraced(function* (options: { readonly input: boolean }) {
  const oneAtATime = yield* Semaphore.make(1)
  let helper: ChildProcess | undefined
  /** Whether the helper has said that it runs. */
  let ready = false
  let count = 0
  let idle: NodeJS.Timeout | undefined

  const letGo = (): void => {
    clearTimeout(idle)
    if (helper !== undefined) kill(helper)
    helper = undefined
    ready = false
  }
  yield* Effect.addFinalizer(() => Effect.sync(letGo))

  /**
   * One line out, one line in; before the first of a helper, its word that it runs. The limit is a timer of Node's own:
   * it has to hold where the caller is saving a token and must not be interrupted. A helper that has not answered in
   * time is killed, since its answer to this question would be taken for that to the next. None where the helper ended.
   */
  const exchange = (request: Request, what: string): Effect.Effect<Option.Option<Answer>, StoreFailure> =>
    Effect.callback((resume) => {
      const seconds = options.input && attended() ? keychainSeconds.attended : keychainSeconds.alone
      clearTimeout(idle)
      if (helper === undefined || ended(helper)) {
        helper = takeHelper()
        ready = false
      }
      const child = helper
      const id = ++count
      let text = ""
      let over = false
      const finish = (result: Effect.Effect<Option.Option<Answer>, StoreFailure>): void => {
        over = true
        clearTimeout(limit)
        // A program that was given a key may run for days; the helper need not.
        idle = setTimeout(letGo, idleSeconds * 1000).unref()
        child.stdout?.removeAllListeners("data")
        child.removeListener("exit", onEnd).removeListener("error", onEnd)
        resume(result)
      }
      const onEnd = (): void => {
        letGo()
        finish(Effect.succeedNone)
      }
      const startLimit = () => {
        const running = ready
        const giveUp = (): void => {
          if (over) return
          letGo()
          const slow = `its helper process did not start within ${helperStartSeconds} s`
          finish(Effect.fail(running ? new StoreTimedOut({ store: "keychain", seconds }) : keychainFailure(slow, what)))
        }
        // A process that was stopped finds its timers due before it reads what has come meanwhile: that comes first.
        return setTimeout(() => setImmediate(giveUp), (running ? seconds : helperStartSeconds) * 1000)
      }
      let limit = startLimit()
      child.once("exit", onEnd)
      child.once("error", onEnd)
      child.stdout?.on("data", (data: Buffer) => {
        text += data.toString("latin1")
        if (!ready && text.includes("\n")) {
          ready = true
          text = text.slice(text.indexOf("\n") + 1)
          clearTimeout(limit)
          limit = startLimit()
        }
        if (!text.endsWith("\n")) return
        const answer = Option.filter(decodeAnswer(text), (one) => one.id === id)
        if (Option.isNone(answer)) letGo()
        finish(
          Option.match(answer, {
            onNone: () => Effect.fail(keychainFailure("its helper process gave no proper answer", what)),
            onSome: (one) =>
              one.error === undefined ? Effect.succeedSome(one) : Effect.fail(keychainFailure(one.error, what))
          })
        )
      })
      if (ended(child)) onEnd()
      else child.stdin?.write(`${JSON.stringify({ id, service, ...request })}\n`)
      return Effect.sync(() => {
        over = true
        clearTimeout(limit)
        letGo()
      })
    })

  /** Each operation can be repeated, so a helper that somebody killed is worth one more try. */
  const ask = (request: Request, what: string): Effect.Effect<Answer, StoreFailure> =>
    Effect.gen(function* () {
      const first = yield* exchange(request, what)
      const answer = Option.isSome(first) ? first : yield* exchange(request, what)
      if (Option.isSome(answer)) return answer.value
      return yield* keychainFailure("its helper process ended without an answer", what)
    }).pipe((asking) => oneAtATime.withPermit(asking))

  const secretOf = (answer: Answer, what: string): Effect.Effect<Option.Option<Redacted.Redacted>, StoreFailure> =>
    typeof answer.value === "string"
      ? Effect.try({
          try: () => {
            const bytes = Buffer.from(`${answer.value}`, "base64")
            return Option.some(Redacted.make(new TextDecoder("utf-8", { fatal: true }).decode(bytes)))
          },
          catch: () => new StoreUnreadable({ store: "keychain", what, reason: "it is not text" })
        })
      : Effect.succeedNone

  const get = ({ username, what }: SecretItem) =>
    Effect.flatMap(ask({ op: "get", username }, what), (answer) => {
      // The next command asks for a login, and not for what the doctor tries.
      if (username !== scratch.username) noteItem(username)
      return secretOf(answer, what)
    })

  const store: OneStore = {
    get,
    set: Effect.fnUntraced(function* ({ username, what }, secret) {
      const bytes = Buffer.from(Redacted.value(secret))
      if (process.platform === "win32" && bytes.length > windowsLimit) {
        return yield* new StoreTooLarge({ store: "keychain", bytes: bytes.length, limit: windowsLimit })
      }
      yield* ask({ op: "set", username, secret: bytes.toString("base64") }, what)
    }),
    remove: Effect.fnUntraced(function* (item) {
      const { value } = yield* ask({ op: "delete", username: item.username }, item.what)
      if (Option.isSome(yield* get(item))) {
        return yield* keychainFailure("it still has the item after deleting it", item.what)
      }
      return value === true
    })
  }
  return store
})
