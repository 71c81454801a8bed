/** The helper of the keychain never outlives the program, however that ends and whatever the daemon does. */
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { setTimeout as wait } from "node:timers/promises"
import { keychainNeeds, startKeychain } from "../support/keychain.ts"
import { skipUnless } from "../support/needs.ts"
import { launcher, node, scratch, type Scratch } from "../support/program.ts"

const { skip, suffix } = skipUnless(keychainNeeds)

/** Helpers of this test's runs: their environment has the scratch home. */
const helpersOf = (project: Scratch): ReadonlyArray<string> =>
  fs.readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return (
        fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("keychain.cjs") &&
        fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(`HOME=${project.env["HOME"]}\0`)
      )
    } catch {
      return false
    }
  })

/** Looks every 10 ms until it is so. */
const until = async (holds: () => boolean, limit: number): Promise<number> => {
  const start = performance.now()
  while (!holds()) {
    if (performance.now() - start > limit) throw new Error(`not within ${limit} ms`)
    await wait(10)
  }
  return performance.now() - start
}

describe.skipIf(skip)(`the helper of the keychain${suffix}`, () => {
  for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
    for (const frozen of [false, true]) {
      it(`is gone when the program ends by ${signal}${frozen ? ", the daemon frozen" : ""}`, async () => {
        using project = scratch()
        await using keychain = await startKeychain()
        await project.crewkit(["keys", "set", "a-key"], keychain.env, "value")
        if (frozen) keychain.freeze()
        const child = spawn(node, [launcher, "keys", "run", "--", "sleep", "3"], {
          cwd: project.project,
          env: { ...project.env, ...keychain.env },
          stdio: "ignore"
        })
        const exit = once(child, "exit")
        await until(() => helpersOf(project).length === 1, 5000)
        child.kill(signal)
        await exit
        // A library that waits for the daemon blocks its process for at most 2 s.
        const took = await until(() => helpersOf(project).length === 0, 2500)
        assert.isBelow(took, frozen ? 2500 : 500)
        keychain.thaw()
      })
    }
  }

  it("is given up by the program within 3 s where the daemon is frozen", async () => {
    using project = scratch()
    await using keychain = await startKeychain()
    await project.crewkit(["keys", "set", "a-key"], keychain.env, "value")
    keychain.freeze()
    const before = performance.now()
    const run = await project.crewkit(["keys", "run", "--", "true"], keychain.env)
    assert.strictEqual(run.code, 4)
    assert.match(run.stderr, /the keychain did not answer within \d s/)
    assert.isBelow(performance.now() - before, 4000)
    assert.deepStrictEqual(helpersOf(project), [])
    keychain.thaw()
  })

  it("is started early by whoami and auth status, and ends with them", async () => {
    using project = scratch()
    await using keychain = await startKeychain()
    for (const args of [["whoami"], ["auth", "status"]]) {
      await project.crewkit(args, keychain.env)
      await until(() => helpersOf(project).length === 0, 500)
    }
  })
})
