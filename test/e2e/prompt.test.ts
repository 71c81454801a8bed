/** Secrets typed at a terminal: a pseudo-terminal of `script`, and what it shows. */
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { keychainNeeds, onPath, startKeychain } from "../support/keychain.ts"
import { skipUnless } from "../support/needs.ts"
import { launcher, node, scratch, type Scratch } from "../support/program.ts"

const { skip, suffix } = skipUnless([...keychainNeeds, { name: "script", path: onPath("script"), installed: true }])

const canary = "canary-7f3a9c51e0d24b68"

/** Runs crewkit in a terminal; types each answer when its question is there. */
const atTerminal = async (
  project: Scratch,
  args: ReadonlyArray<string>,
  env: Record<string, string>,
  answers: ReadonlyArray<readonly [question: string, typed: string]>
): Promise<{ readonly code: number; readonly shown: string }> => {
  const command = [node, launcher, ...args].map((word) => `'${word}'`).join(" ")
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: project.project,
    env: { ...project.env, ...env },
    stdio: ["pipe", "pipe", "inherit"]
  })
  let shown = ""
  const waiting = [...answers]
  child.stdout.on("data", (data: Buffer) => {
    shown += data.toString()
    const [next] = waiting
    if (next !== undefined && shown.includes(next[0])) {
      waiting.shift()
      child.stdin.write(next[1])
    }
  })
  const [code] = await once(child, "close")
  return { code: Number(code), shown }
}

describe.skipIf(skip)(`a secret typed at a terminal${suffix}`, () => {
  it("is not shown, can be corrected, and is what is stored", async () => {
    using project = scratch()
    await using keychain = await startKeychain()
    const typed = `wrong\u0015${canary}x\u007f\r`
    const set = await atTerminal(project, ["keys", "set", "a-key"], keychain.env, [["Value of a-key (dev): ", typed]])
    assert.strictEqual(set.code, 0, set.shown)
    assert.notInclude(set.shown, "canary")
    assert.strictEqual(keychain.secretTool(["lookup", "service", "crewkit", "username", "key a-key dev"]), canary)
  })

  it("is given up with Ctrl-C", async () => {
    using project = scratch()
    await using keychain = await startKeychain()
    const run = await atTerminal(project, ["keys", "set", "a-key"], keychain.env, [["Value of", `${canary}\u0003`]])
    assert.strictEqual(run.code, 130)
    assert.notInclude(run.shown, "canary")
  })

  it("opens a vault, which is made with the passphrase typed twice", async () => {
    using project = scratch()
    const env = { CREWKIT_TOKEN_STORE: "vault" }
    const made = await atTerminal(project, ["keys", "set", "a-key"], env, [
      ["Value of a-key (dev): ", "value\r"],
      ["New passphrase", `${canary}\r`],
      ["once more", `${canary}\r`]
    ])
    assert.strictEqual(made.code, 0, made.shown)
    const args = ["keys", "run", "--", "printenv", "A_KEY"]
    const ran = await atTerminal(project, args, {}, [
      ["Passphrase of the vault: ", "not this one\r"],
      ["That was not it", `${canary}\r`]
    ])
    assert.strictEqual(ran.code, 0, ran.shown)
    assert.include(ran.shown, "value\r\n")
    assert.notInclude(made.shown + ran.shown, "canary")
  })
})
