/** The machine, the configuration and what sessions left, as the doctor sees them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import { ClaudeMissing } from "../../../src/domain/claudeErrors.ts"
import { verifiedClaude } from "../../../src/domain/doctorRules.ts"
import { claude, disk, folders, network, node } from "../../../src/layers/doctor/machineChecks.ts"
import { lookAround } from "../../../src/layers/doctor/place.ts"
import { config, lock, outbox, sessions, settings } from "../../../src/layers/doctor/projectChecks.ts"
import * as LockNode from "../../../src/layers/LockNode.ts"
import * as ProjectConfigYaml from "../../../src/layers/ProjectConfigYaml.ts"
import { ClaudeCode } from "../../../src/services/ClaudeCode.ts"
import { environment } from "../../fakes/environment.ts"
import * as InvocationMemory from "../../../src/testing/InvocationMemory.ts"
import { Scratch } from "../../fakes/Scratch.ts"

const clean = {
  CREWKIT_REGISTRY: undefined,
  CREWKIT_API_URL: undefined,
  HTTPS_PROXY: undefined,
  https_proxy: undefined,
  ALL_PROXY: undefined,
  all_proxy: undefined,
  NODE_EXTRA_CA_CERTS: undefined,
  NODE_TLS_REJECT_UNAUTHORIZED: undefined
}

const inScratch = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const scratch = yield* Scratch
    yield* environment({
      ...clean,
      HOME: scratch.path("home"),
      XDG_CONFIG_HOME: scratch.path("config"),
      XDG_DATA_HOME: scratch.path("data"),
      XDG_CACHE_HOME: scratch.path("cache")
    })
    return yield* work
  }).pipe(Effect.scoped, Effect.provide(Scratch.layer))

describe("the machine", () => {
  it.effect("has a Node", () => Effect.map(node, ({ text }) => assert.include(text, process.versions.node)))

  const claudeCode = (path: string | undefined, version: string | undefined) =>
    ClaudeCode.of({
      find: path === undefined ? Effect.fail(new ClaudeMissing({ looked: "no claude" })) : Effect.succeed(path),
      version: () => Effect.succeed(Option.fromNullishOr(version)),
      launch: () => Effect.die("never")
    })

  it.effect("has a Claude Code, or does not", () =>
    Effect.gen(function* () {
      const found = yield* Effect.provideService(claude, ClaudeCode, claudeCode("/bin/claude", verifiedClaude))
      assert.strictEqual(found.status, "pass")
      const missing = yield* Effect.flip(Effect.provideService(claude, ClaudeCode, claudeCode(undefined, undefined)))
      assert.strictEqual(missing._tag, "ClaudeMissing")
    })
  )

  it.effect("has folders that can be written, that are none, or that are named by half", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        assert.strictEqual((yield* folders).status, "pass")
        scratch.write("file", "")
        yield* environment({ XDG_CONFIG_HOME: scratch.path("file") })
        assert.deepInclude(yield* folders, { status: "fail", next: `ls -ld ${scratch.path("file")}` })
        yield* environment({ XDG_CONFIG_HOME: "here" })
        assert.include((yield* folders).text, "no absolute path")
      })
    )
  )

  it.live("has a disk with room", () =>
    inScratch(Effect.flatMap(Scratch, ({ root }) => disk(root))).pipe(
      Effect.map(({ text }) => assert.match(text, /\d+ (?:MB|GB) free/))
    )
  )
})

describe("the network", () => {
  const cases: ReadonlyArray<
    readonly [what: string, variables: Record<string, string>, status: string, words: string]
  > = [
    ["nothing set", {}, "pass", "no proxy"],
    ["a proxy", { HTTPS_PROXY: "http://me:canary@proxy.example:3128" }, "pass", "by the proxy proxy.example:3128"],
    ["a proxy of a kind nobody knows", { HTTPS_PROXY: "socks5://me:canary@p" }, "fail", "refused"],
    ["certificates that are missing", { NODE_EXTRA_CA_CERTS: "/nowhere/ca.pem" }, "fail", "which is not there"],
    ["certificates in a folder", { NODE_EXTRA_CA_CERTS: "/" }, "fail", "which is not a file"],
    ["certificates that are none", { NODE_EXTRA_CA_CERTS: "/etc/hosts" }, "fail", "holds no certificate"],
    ["no check of certificates", { NODE_TLS_REJECT_UNAUTHORIZED: "0" }, "fail", "switches the check"]
  ]
  for (const [what, variables, status, words] of cases) {
    it.effect(`${what}: ${status}, and no password in it`, () =>
      inScratch(
        Effect.gen(function* () {
          yield* environment(variables)
          const verdict = yield* network
          assert.strictEqual(verdict.status, status)
          assert.include(verdict.text, words)
          assert.notInclude(JSON.stringify(verdict), "canary")
        })
      )
    )
  }

  it.effect("certificates of one's own pass", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        scratch.write("ca.pem", "-----BEGIN CERTIFICATE-----\n")
        yield* environment({ NODE_EXTRA_CA_CERTS: scratch.path("ca.pem") })
        assert.include((yield* network).text, "trusted as well")
      })
    )
  )
})

/** The check in a project with these files, by path below it. */
const inProject = <A, E>(
  written: Record<string, string>,
  check: (place: Effect.Success<ReturnType<typeof lookAround>>) => Effect.Effect<A, E, LockServices>
) =>
  inScratch(
    Effect.gen(function* () {
      const scratch = yield* Scratch
      for (const [file, text] of Object.entries(written)) scratch.write(file, text)
      const services = LockNode.layer.pipe(
        Layer.provideMerge(ProjectConfigYaml.layer),
        Layer.provideMerge(InvocationMemory.layer(scratch.path("project")))
      )
      return yield* Effect.flatMap(lookAround(false), check).pipe(Effect.provide(services))
    })
  )
type LockServices = Layer.Success<
  typeof LockNode.layer | typeof ProjectConfigYaml.layer | ReturnType<typeof InvocationMemory.layer>
>

const valid = { "project/.agent/config.yml": "org: acme\nproject: web-shop\nregistry: ./r\n" }
const lockText = (more: object) =>
  JSON.stringify({ lockVersion: 1, org: "acme", project: "web-shop", agents: {}, ...more })

describe("the configuration", () => {
  for (const [what, written, status, words] of [
    ["valid", valid, "pass", "acme/web-shop"],
    ["missing", { "project/x": "" }, "warn", "there is no .agent/config.yml"],
    ["broken", { "project/.agent/config.yml": "org: acme\nprojekt: web\n" }, "fail", ".agent/config.yml:2:1"]
  ] as const) {
    it.effect(`${what}: ${status}`, () =>
      inProject(written, config).pipe(
        Effect.map((verdict) => {
          assert.strictEqual(verdict.status, status)
          assert.include(verdict.text, words)
        })
      )
    )
  }

  it.effect("of the person is a check of its own", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* inProject(valid, () => settings)).status, "skip")
      const good = { ...valid, "config/crewkit/config.yml": "keys:\n  rotateAfterDays: 30\n" }
      assert.strictEqual((yield* inProject(good, () => settings)).status, "pass")
      const wrong = { ...valid, "config/crewkit/config.yml": "keys:\n  rotateAfterDays: 0\n" }
      assert.strictEqual((yield* Effect.flip(inProject(wrong, () => settings)))._tag, "ConfigInvalid")
      assert.include((yield* inProject(wrong, config)).text, "settings")
      assert.strictEqual((yield* inProject(wrong, lock)).status, "skip")
    })
  )
})

describe("the lock", () => {
  for (const [what, text, status, words] of [
    ["that fits", lockText({}), "pass", "0 agents"],
    ["of another project", lockText({ project: "other" }), "fail", "is for acme/other"],
    ["of a later crewkit", lockText({ lockVersion: 2 }), "fail", "version 2"],
    ["with conflict marks", "<<<<<<< ours\n", "fail", "git merge"]
  ] as const) {
    it.effect(`${what}: ${status}`, () =>
      inProject({ ...valid, "project/.agent/agents.lock": text }, lock).pipe(
        Effect.map((verdict) => {
          assert.strictEqual(verdict.status, status)
          assert.include(verdict.text, words)
        })
      )
    )
  }

  it.effect("that is not there yet is no trouble", () =>
    inProject(valid, lock).pipe(Effect.map(({ status }) => assert.strictEqual(status, "skip")))
  )
})

describe("what sessions left", () => {
  const id = "11111111-1111-4111-8111-111111111111"

  it.effect("is nothing, a session, or one that was cut off", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        const root = scratch.path("project")
        assert.strictEqual((yield* sessions(undefined)).status, "skip")
        assert.strictEqual((yield* sessions(root)).status, "skip")
        scratch.write(`project/.crewkit/sessions/${id}.0001.jsonl`, "")
        assert.deepInclude(yield* sessions(root), { status: "pass", text: "1 session" })
        scratch.write(`project/.crewkit/sessions/${id}.open`, "")
        assert.deepInclude(yield* sessions(root), {
          status: "warn",
          text: "1 session cut off before the end: 11111111"
        })
      })
    )
  )

  it.effect("in the outbox is told, or was refused", () =>
    inScratch(
      Effect.gen(function* () {
        const scratch = yield* Scratch
        const root = scratch.path("project")
        assert.strictEqual((yield* outbox(root)).status, "skip")
        const entry = { registry: "https://r.example", remote: "1", next: 3, ended: true }
        const write = (parked: ReadonlyArray<object>) =>
          scratch.write(
            "project/.crewkit/outbox.json",
            JSON.stringify({ version: 1, sessions: { [id]: { ...entry, parked } } })
          )
        write([])
        assert.strictEqual((yield* outbox(root)).status, "pass")
        write([{ seq: 2, status: 422, reason: "no" }])
        assert.deepInclude(yield* outbox(root), { status: "warn", next: "crewkit sessions push --retry-parked" })
        fs.rmSync(scratch.path("project/.crewkit/outbox.json"))
        assert.strictEqual((yield* outbox(undefined)).status, "skip")
      })
    )
  )
})
