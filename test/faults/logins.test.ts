/**
 * Staying logged in: the built program, many times at once, killed, stopped and logged out in the midst of a refresh;
 * against the served registry and against `oidc-provider`. FAULTS=all for the long form.
 */
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { setTimeout } from "node:timers/promises"
import { latch, type TokenRequest } from "../support/gate.ts"
import { type Keychain, keychainNeeds, startKeychain } from "../support/keychain.ts"
import { skipUnless } from "../support/needs.ts"
import type { Run } from "../support/program.ts"
import { servable } from "../support/registryServer.ts"
import { openStoredLogins, type StoredLogins } from "../support/storedLogin.ts"
import { childrenOf, isGone, makeWorld, refreshGrant, type Running, spoil, until, type World } from "./logins.ts"

const { skip, suffix } = skipUnless(keychainNeeds)
const long = process.env["FAULTS"] === "all"
const minutes = 60_000

const figures = (text: string): void => void process.stdout.write(`${text}\n`)

const refreshes = (world: World): ReadonlyArray<TokenRequest> =>
  world.gate.requests.filter(({ grant }) => grant === refreshGrant)
const granted = (world: World): number => refreshes(world).filter(({ answer }) => answer?.status === 200).length
const refused = (world: World): number => refreshes(world).filter(({ answer }) => answer?.error !== undefined).length

const ok = (run: Run, what: string): void => assert.strictEqual(run.code, 0, `${what}: ${run.stdout}${run.stderr}`)

const middle = (all: ReadonlyArray<number>): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0

describe.skipIf(skip || !servable)(`logins under faults${suffix}`, () => {
  let keychain: Keychain
  let logins: StoredLogins
  beforeEach(async () => {
    keychain = await startKeychain()
    logins = openStoredLogins(keychain.env)
  }, 60_000)
  afterEach(async () => {
    await logins[Symbol.asyncDispose]()
    await keychain.stop()
  })

  /** All at once with a spoilt access token; the first refresh waits at the gate until all stand at the lock. */
  const race = async (world: World, many: number, by: "clock" | "server"): Promise<void> => {
    const before = await spoil(world, logins, by)
    const all: Array<Running> = []
    let together = false
    world.gate.onRequest = async () => {
      const waiting = () => all.filter((one) => one.isOver() || world.standsAtLock(one)).length
      const met = () => all.length === many && (waiting() === many || refreshes(world).length === many)
      together = await until(met)
    }
    for (let index = 0; index < many; index++) all.push(world.start("sync", "--check"))
    const runs = await Promise.all(all.map(({ ended }) => ended))
    for (const run of runs) ok(run, "sync --check")
    assert.deepEqual(
      refreshes(world).map(({ answer }) => answer),
      [{ status: 200, error: undefined }]
    )
    assert.isTrue(together, "not all came to the lock while the first refreshed")
    const after = await logins.read(world.gate.url)
    assert.strictEqual(after?.generation, before.generation + 1)
    assert.isUndefined(after?.intent)
  }

  const [many, rounds] = long ? [32, 20] : [8, 3]
  const raceAll = async (world: World, name: string): Promise<void> => {
    const start = performance.now()
    for (let round = 0; round < rounds; round++) await race(world, many, round % 4 === 2 ? "server" : "clock")
    const seconds = Math.round((performance.now() - start) / 1000)
    figures(`races, ${name}: ${rounds} rounds of ${many} processes, 1 refresh each, 0 refused, 0 logouts, ${seconds} s`)
  }

  it(
    "refreshes once where many processes meet an expired token: the registry without grace",
    async () => {
      await using world = await makeWorld(keychain, { kind: "registry", grace: 0 })
      await raceAll(world, "registry --grace 0")
    },
    15 * minutes
  )

  it(
    "logs in at oidc-provider, refreshes once there, and logs out",
    async () => {
      await using world = await makeWorld(keychain, { kind: "oidc" })
      await raceAll(world, "oidc-provider")
      const stored = await logins.read(world.gate.url)
      const token = stored?.refreshToken ?? ""
      assert.strictEqual(await world.alive([token]), 1)
      ok(await world.run("auth", "logout"), "logout")
      assert.strictEqual(await world.alive([token]), 0)
      assert.isUndefined(await logins.read(world.gate.url))
      assert.strictEqual((await world.run("sync", "--check")).code, 3)
      const denied = await world.logIn("deny")
      assert.strictEqual(denied.code, 3)
      assert.include(denied.stderr, "was denied on the page")
    },
    15 * minutes
  )

  /** Where in a refresh a process is killed. Milliseconds. */
  type Moment =
    | { readonly at: "start" | "sent"; readonly ms: number }
    | { readonly at: "asked" | "committed"; readonly ms?: never }

  const kills = long ? 200 : 20
  /** Most are spread over the whole duration; one in ten each at the points where it matters. */
  const momentsIn = (duration: number): ReadonlyArray<Moment> => {
    const tenth = kills / 10
    const spread = Array.from({ length: kills - 3 * tenth }, (_, index, all = kills - 3 * tenth) => ({
      at: "start" as const,
      ms: ((index + Math.random()) / all) * duration
    }))
    const exact = Array.from({ length: tenth }, (_, index) => [
      { at: "asked" } as const,
      { at: "committed" } as const,
      { at: "sent", ms: (index * 20) / tenth } as const
    ])
    return [...spread, ...exact.flat()]
  }

  /** Kills one process in the midst of a refresh; what has come of the token when all is quiet again. */
  const killOnce = async (world: World, moment: Moment) => {
    const before = await spoil(world, logins, "clock")
    const victim = world.start("sync", "--check")
    let helpers: ReadonlyArray<number> = []
    const kill = (): void => {
      helpers = childrenOf(victim)
      victim.signal("SIGKILL")
    }
    const { gate } = world
    const cut = async ({ gone }: TokenRequest): Promise<void> => {
      kill()
      await gone
    }
    if (moment.at === "asked") gate.onRequest = cut
    else if (moment.at === "committed") gate.onAnswer = cut
    else if (moment.at === "sent") gate.onSent = () => void setTimeout(moment.ms).then(kill)
    else {
      await Promise.race([setTimeout(moment.ms), victim.ended])
      kill()
    }
    const { signal } = await victim.ended
    await gate.idle()
    assert.isTrue(await until(() => helpers.every(isGone), 5), "a helper process outlives its parent")
    gate.onRequest = gate.onAnswer = gate.onSent = undefined
    const after = await logins.read(gate.url)
    return {
      asked: refreshes(world).length > 0,
      committed: granted(world) > 0,
      saved: after?.refreshToken !== before.refreshToken,
      killed: signal === "SIGKILL"
    }
  }

  const measure = async (world: World): Promise<number> => {
    const took: Array<number> = []
    for (let index = 0; index < 5; index++) {
      await spoil(world, logins, "clock")
      const start = performance.now()
      ok(await world.run("sync", "--check"), "sync --check")
      took.push(performance.now() - start)
    }
    return middle(took)
  }

  for (const grace of [30, 0]) {
    it(
      grace === 0
        ? "a kill without grace loses the login only between the server's commit and our save, and says so"
        : "a kill in a refresh loses no login where the server has grace",
      async () => {
        await using world = await makeWorld(keychain, { kind: "registry", grace })
        const duration = await measure(world)
        const count = { killed: 0, over: 0, early: 0, uncommitted: 0, window: 0, saved: 0, lost: 0, replays: 0 }
        const moments = [...momentsIn(duration)]
        for (const moment of moments) {
          const { asked, committed, killed, saved } = await killOnce(world, moment)
          // It was sooner than the kill: another one, somewhere.
          if (!killed) moments.push({ at: "start", ms: Math.random() * duration })
          const text = JSON.stringify({ moment, asked, committed, killed, saved })
          if (killed) count.killed++
          if (!killed) count.over++
          else if (!asked) count.early++
          else if (!committed) count.uncommitted++
          else if (saved) count.saved++
          else count.window++
          world.gate.requests.length = 0
          const next = await world.run("sync", "--check")
          assert.isAtMost(refreshes(world).length, 1, text)
          if (next.code === 0) continue
          count.lost++
          count.replays += refused(world)
          // Whoever is lost is lost in that window alone, knows why, and asks the server once.
          assert.strictEqual(grace, 0, `${text}: ${next.stderr}`)
          assert.isTrue(committed && !saved, `${text}: ${next.stderr}`)
          assert.strictEqual(next.code, 3, next.stderr)
          assert.include(next.stderr, "an earlier renewal was cut off before its answer was saved")
          assert.include(next.stderr, "crewkit auth login")
          assert.strictEqual(refused(world), 1, text)
          assert.strictEqual((await world.run("sync", "--check")).code, 3)
          assert.strictEqual((await world.run("auth", "status")).code, 3)
          assert.strictEqual(refreshes(world).length, 1, "a dead token was sent once more")
          ok(await world.logIn(), "the login afterwards")
          ok(await world.run("sync", "--check"), "sync --check after the new login")
        }
        assert.strictEqual(count.lost, grace === 0 ? count.window : 0)
        assert.isAbove(count.window, 0)
        assert.strictEqual(count.killed, kills)
        const where = `${count.early} before the request, ${count.uncommitted} before the commit, ${count.window} between commit and save, ${count.saved} after it; ${count.over} came too late`
        figures(
          `kills, grace ${grace}: ${count.killed} kills over ${Math.round(duration)} ms (${where}); ${count.lost} sessions lost, ${count.replays} replays`
        )
      },
      25 * minutes
    )
  }

  /** So many others at the lock. */
  const queue = async (world: World, many: number): Promise<ReadonlyArray<Running>> => {
    const others = Array.from({ length: many }, () => world.start("sync", "--check"))
    assert.isTrue(await until(() => others.every(world.standsAtLock)), "not all came to the lock")
    return others
  }

  // Longer than a request may take: what has come meanwhile is read all the same.
  it.each(long ? [20, 35] : [3])(
    "a holder that is stopped for %i s keeps the lock: nobody else refreshes, and all go on after it",
    async (seconds) => {
      await using world = await makeWorld(keychain, { kind: "registry", grace: 0 })
      await spoil(world, logins, "clock")
      const asked = latch()
      const stopped = latch()
      world.gate.onRequest = () => {
        asked.open()
        return stopped.done
      }
      const holder = world.start("sync", "--check")
      await asked.done
      holder.signal("SIGSTOP")
      // The server answers at once; the answer lies in the socket of a process that does not read it.
      stopped.open()
      const others = await queue(world, 4)
      await world.gate.idle()
      await setTimeout(seconds * 1000)
      assert.strictEqual(refreshes(world).length, 1)
      assert.isTrue(others.every((other) => !other.isOver() && world.standsAtLock(other)))
      holder.signal("SIGCONT")
      const runs = await Promise.all([holder, ...others].map(({ ended }) => ended))
      for (const run of runs) ok(run, "sync --check")
      assert.strictEqual(refreshes(world).length, 1)
      figures(`stopped holder: ${seconds} s, 4 others waited, 1 refresh, 0 refused, all 5 went on`)
    },
    3 * minutes
  )

  it(
    "a holder that is killed frees the lock: the next one goes on",
    async () => {
      await using world = await makeWorld(keychain, { kind: "registry", grace: 0 })
      const took: Array<number> = []
      for (let index = 0; index < (long ? 20 : 3); index++) {
        await spoil(world, logins, "clock")
        const asked = latch()
        let killedAt = 0
        world.gate.onRequest = ({ gone }) => {
          if (killedAt > 0) return undefined
          asked.open()
          return gone
        }
        const holder = world.start("sync", "--check")
        await asked.done
        const others = await queue(world, 2)
        killedAt = performance.now()
        holder.signal("SIGKILL")
        for (const { ended } of others) ok(await ended, "sync --check")
        const [, next] = refreshes(world)
        took.push((next?.at ?? Infinity) - killedAt)
        assert.strictEqual(granted(world), 1)
        assert.strictEqual(refreshes(world).length, 2)
      }
      const worst = Math.max(...took)
      figures(
        `killed holder: the next refresh reached the server after ${Math.round(middle(took))} ms, at worst ${Math.round(worst)} ms, of ${took.length}`
      )
      // Other tests may have the processor to themselves for a while in the short form.
      assert.isAtMost(long ? worst : Math.min(...took), 500)
    },
    3 * minutes
  )

  it(
    "no credential comes back after a logout that races refreshes",
    async () => {
      await using world = await makeWorld(keychain, { kind: "registry", grace: 0 })
      const duration = await measure(world)
      const logouts = long ? 50 : 10
      const count = { before: 0, after: 0 }
      for (let index = 0; index < logouts; index++) {
        if (index > 0) ok(await world.logIn(), "login")
        await spoil(world, logins, "clock")
        const syncs = Array.from({ length: 3 }, () => world.start("sync", "--check"))
        await setTimeout((index / logouts) * duration)
        const out = await world.start("auth", "logout").ended
        const runs = await Promise.all(syncs.map(({ ended }) => ended))
        ok(out, "logout")
        for (const run of runs) {
          if (run.code === 0) count.before++
          else count.after++
          if (run.code !== 0) {
            assert.strictEqual(run.code, 3, run.stderr)
            assert.include(run.stderr, "not logged in")
          }
        }
        assert.isUndefined(await logins.read(world.gate.url))
        assert.strictEqual(await world.alive([]), 0)
        assert.strictEqual(refused(world), 0)
        assert.isAtMost(granted(world), 1)
      }
      figures(
        `logouts: ${logouts} racing 3 processes each (${count.before} served before, ${count.after} told that nobody is logged in); 0 credentials came back, every family revoked`
      )
    },
    15 * minutes
  )
})
