/** `crewkit keys` as a person runs it, on a real keychain and on the vault. */
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import { dirname } from "node:path"
import { keychainNeeds, startKeychain } from "../support/keychain.ts"
import { skipUnless } from "../support/needs.ts"
import { documentOf, launcher, node, runProgram, scratch, type Run, type Scratch } from "../support/program.ts"

const { skip, suffix } = skipUnless(keychainNeeds)

const canary = "canary-7f3a9c51e0d24b68"

const showVariables = [
  "node",
  "-e",
  `console.log(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([n]) => /KEY|CREWKIT/.test(n)))))`
]

const noCanary = (...runs: ReadonlyArray<Run>): void => {
  for (const run of runs) assert.notInclude(run.stdout + run.stderr, canary)
}

const ok = (run: Run): Run => {
  assert.strictEqual(run.code, 0, run.stderr)
  return run
}

const keyFile = (project: Scratch): string => `${project.env["HOME"] ?? ""}/.local/share/crewkit/keys.json`

const age = (project: Scratch, days: number): void => {
  const list = JSON.parse(fs.readFileSync(keyFile(project), "utf8"))
  for (const key of list.keys) key.rotated -= days * 24 * 3600 * 1000
  fs.writeFileSync(keyFile(project), JSON.stringify(list))
}

describe.skipIf(skip)(`crewkit keys${suffix}`, () => {
  it("sets, lists, runs, rotates and removes, and never shows a value", async () => {
    using project = scratch()
    await using keychain = await startKeychain()
    const keys = (args: ReadonlyArray<string>, input = "") => project.crewkit(["keys", ...args], keychain.env, input)
    const set = ok(await keys(["set", "openai-api-key"], `${canary}\n`))
    assert.match(set.stdout, /^✓ openai-api-key \(dev\) is in the keychain {2}fingerprint [0-9a-f]{6}$/m)
    assert.strictEqual(
      keychain.secretTool(["lookup", "service", "crewkit", "username", "key openai-api-key dev"]),
      canary
    )
    const twice = await keys(["set", "OPENAI_API_KEY"], `${canary}x`)
    assert.strictEqual(twice.code, 1)
    assert.match(twice.stderr, /try: crewkit keys rotate openai-api-key --env dev/)
    const list = ok(await keys(["list"]))
    assert.match(list.stdout, /^openai-api-key {2}dev {3}0 days {4}never used {7}[0-9a-f]{6} {2}keychain$/m)
    const ran = ok(await keys(["run", "--", ...showVariables]))
    assert.deepStrictEqual(JSON.parse(ran.stdout), { OPENAI_API_KEY: canary, CREWKIT_KEYS_ENV: "dev" })
    age(project, 100)
    const old = ok(await keys(["list", "--json"]))
    assert.match(
      old.stdout,
      /"warnings":\["openai-api-key \(dev\) is 100 days old, and 90 is the limit: crewkit keys rotate/
    )
    ok(await project.crewkit(["init", "acme", "web-shop"], keychain.env))
    assert.match(ok(await project.crewkit([], keychain.env)).stdout, /due for rotation: openai-api-key \(dev\)/)
    const personal = `${project.env["HOME"] ?? ""}/.config/crewkit/config.yml`
    fs.mkdirSync(dirname(personal), { recursive: true })
    fs.writeFileSync(personal, "keys:\n  rotateAfterDays: 101\n")
    assert.include(ok(await keys(["list", "--json"])).stdout, '"warnings":[]')
    fs.writeFileSync(personal, "keys:\n  rotateAfterDays: 0\n")
    assert.strictEqual((await keys(["list"])).code, 2)
    fs.rmSync(personal)
    const rotated = ok(await keys(["rotate", "openai-api-key"], `${canary}-2`))
    assert.match(rotated.stdout, /fingerprint [0-9a-f]{6} → [0-9a-f]{6}/)
    const after = ok(await keys(["list"]))
    assert.match(after.stdout, /0 days {4}used \d{4}-\d\d-\d\d/)
    assert.strictEqual(after.stderr, "")
    assert.strictEqual((fs.statSync(keyFile(project)).mode & 0o777).toString(8), "600")
    assert.notInclude(fs.readFileSync(keyFile(project), "utf8"), canary)
    const asked = await keys(["remove", "openai-api-key"])
    assert.strictEqual(asked.code, 2)
    assert.match(asked.stderr, /nobody can be asked whether to delete openai-api-key \(dev\)\n {2}try: .* --yes/)
    const removed = ok(await keys(["remove", "openai-api-key", "--yes"]))
    assert.throws(() => keychain.secretTool(["lookup", "service", "crewkit", "username", "key openai-api-key dev"]))
    const gone = await keys(["remove", "openai-api-key"])
    assert.match(gone.stderr, /there is no API key openai-api-key for dev/)
    noCanary(set, twice, list, old, rotated, after, removed, gone)
  })

  it("does not mix dev and prod", async () => {
    using project = scratch()
    await using keychain = await startKeychain()
    const keys = (args: ReadonlyArray<string>, input = "") => project.crewkit(["keys", ...args], keychain.env, input)
    ok(await keys(["set", "a-key"], "a-dev"))
    ok(await keys(["set", "a-key", "--env", "prod"], "a-prod"))
    ok(await keys(["set", "b-key", "--env", "prod"], "b-prod"))
    const values = async (...args: ReadonlyArray<string>) => {
      const { CREWKIT_KEYS_ENV: _, ...rest } = JSON.parse(
        ok(await keys(["run", ...args, "--", ...showVariables])).stdout
      )
      return rest
    }
    assert.deepStrictEqual(await values(), { A_KEY: "a-dev" })
    assert.deepStrictEqual(await values("--env", "prod"), { A_KEY: "a-prod", B_KEY: "b-prod" })
    assert.deepStrictEqual(await values("--env", "prod", "--only", "B_KEY"), { B_KEY: "b-prod" })
    assert.deepStrictEqual(await values("--mixed"), { A_KEY: "a-dev", B_KEY: "b-prod" })
    const mixed = await keys(["run", "--only", "a-key,b-key", "--", "true"])
    assert.strictEqual(mixed.code, 2)
    assert.match(
      mixed.stderr,
      /b-key is there for prod alone, not for dev; keys of dev and prod do not go to one program/
    )
    const nested = await keys(["run", "--", node, launcher, "keys", "run", "--env", "prod", "--", ...showVariables])
    assert.strictEqual(nested.code, 2)
    assert.match(nested.stderr, /inside of a program that was given keys for dev/)
  })

  it("passes exit codes and signals on", async () => {
    using project = scratch()
    await using keychain = await startKeychain()
    ok(await project.crewkit(["keys", "set", "a-key"], keychain.env, "v"))
    const run = (...command: ReadonlyArray<string>) => project.crewkit(["keys", "run", "--", ...command], keychain.env)
    assert.strictEqual((await run("node", "-e", "process.exit(42)")).code, 42)
    assert.strictEqual((await run("node", "-e", "process.kill(process.pid, 'SIGTERM')")).code, 143)
    const missing = await run("no-such-program")
    assert.strictEqual(missing.code, 2)
    assert.match(missing.stderr, /could not start no-such-program/)
    const child = spawn(
      node,
      [
        launcher,
        "keys",
        "run",
        "--",
        "node",
        "-e",
        "process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('up')"
      ],
      { cwd: project.project, env: { ...project.env, ...keychain.env }, stdio: ["ignore", "pipe", "ignore"] }
    )
    await once(child.stdout, "data")
    const exit = once(child, "exit")
    child.kill("SIGTERM")
    assert.deepStrictEqual(await exit, [7, null])
  })

  it("takes no value from the command line, and does not repeat it", async () => {
    using project = scratch()
    const calls: ReadonlyArray<ReadonlyArray<string>> = [
      ["set", "openai", canary],
      ["set", canary],
      ["set", `openai=${canary}`],
      ["set", `OPENAI=${canary}`],
      ["set", "openai", "--", canary],
      ["set", "openai", `--value=${canary}`],
      ["set", "openai", "--value", canary],
      ["set", `--${canary}`, "openai"],
      ["set", "openai", "--env", canary],
      ["rotate", "openai", canary],
      ["remove", "openai", canary],
      ["run", "--only", `x=${canary}`, "--", "true"],
      ["run", "--env", canary, "--", "true"],
      [canary, "openai"]
    ]
    for (const call of calls) {
      for (const more of [[], ["--json"]]) {
        const run = await project.crewkit(["keys", ...more, ...call], {}, "x")
        assert.notInclude(run.stdout + run.stderr, canary, call.join(" "))
        assert.strictEqual(run.code, 2, `${call.join(" ")}: ${run.stderr}`)
      }
    }
    assert.isFalse(fs.existsSync(keyFile(project)))
  })

  it("refuses names that are none, and variables that change how programs run", async () => {
    using project = scratch()
    for (const name of ["Open-AI", "1key", "a_b", "", "ü", "x".repeat(65)]) {
      assert.strictEqual((await project.crewkit(["keys", "set", name], {}, "v")).code, 2, name)
    }
    for (const name of ["path", "LD_PRELOAD", "node-options", "crewkit-token"]) {
      const run = await project.crewkit(["keys", "set", name], {}, "v")
      assert.match(run.stderr, /changes how programs run/)
    }
    const empty = await project.crewkit(["keys", "set", "openai"], {}, "\n")
    assert.match(empty.stderr, /no value was given/)
  })
})

describe("crewkit keys without a keychain", () => {
  it("explains the choices, and uses the vault when told to", async () => {
    using project = scratch()
    const none = await project.crewkit(["keys", "set", "openai"], {}, canary)
    assert.strictEqual(none.code, 1)
    assert.match(
      none.stderr,
      /the keychain cannot be used: no D-Bus session is running here\n.*CREWKIT_TOKEN_STORE=vault/
    )
    const asked = await project.crewkit(["keys", "set", "openai"], { CREWKIT_TOKEN_STORE: "vault" }, canary)
    assert.match(asked.stderr, /nobody can be asked/)
    fs.writeFileSync(project.beside("words"), "correct horse battery\n", { mode: 0o600 })
    const shell = (command: string, env: Record<string, string> = {}) =>
      runProgram("sh", ["-c", `exec 3<"$WORDS"; ${command}`], {
        cwd: project.project,
        env: {
          ...project.env,
          ...env,
          WORDS: project.beside("words"),
          CREWKIT: `${node} ${launcher}`,
          CREWKIT_VAULT_PASSPHRASE_FD: "3"
        },
        input: canary
      })
    const set = ok(await shell("$CREWKIT keys set openai --json", { CREWKIT_TOKEN_STORE: "vault" }))
    assert.include(JSON.stringify(documentOf(set)), '"store":"vault"')
    // From here on the vault is found by itself.
    const ran = ok(await shell(`$CREWKIT keys run -- printenv OPENAI`))
    assert.strictEqual(ran.stdout, `${canary}\n`)
    fs.writeFileSync(project.beside("words"), "wrong horse battery\n")
    const wrong = await shell(`$CREWKIT keys run -- printenv OPENAI`)
    assert.match(wrong.stderr, /the vault could not be opened with this passphrase/)
    noCanary(none, asked, set, wrong)
  })
})
