import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { LookupFunction } from "node:net"
import { exchange } from "../../src/layers/nodeExchange.ts"
import { ownLookup } from "../../src/layers/ownResolver.ts"
import { startReceiver } from "../support/sentryReceiver.ts"

const lookup = (hostname: string, all: boolean): Promise<ReadonlyArray<unknown>> =>
  new Promise((resolve) => ownLookup(hostname, { all }, (...answer) => resolve(answer)))

describe("looking names up without the operating system", () => {
  it("knows addresses and this machine by itself", async () => {
    assert.deepStrictEqual(await lookup("127.0.0.1", false), [null, "127.0.0.1", 4])
    assert.deepStrictEqual(await lookup("::1", false), [null, "::1", 6])
    assert.deepStrictEqual(await lookup("localhost", true), [null, [{ address: "127.0.0.1", family: 4 }]])
  })

  it("fails as Node's own does where there is no such name", async () => {
    const [error] = await lookup("nowhere.invalid", true)
    assert.strictEqual(error instanceof Error && "code" in error ? error.code : "", "ENOTFOUND")
  })

  it.live("is what a request goes by that asks for it", () =>
    Effect.gen(function* () {
      const receiver = yield* Effect.acquireDisposable(Effect.promise(startReceiver))
      const names: Array<string> = []
      const noting: LookupFunction = (hostname, options, callback) => {
        names.push(hostname)
        ownLookup(hostname, options, callback)
      }
      const url = new URL(receiver.origin)
      url.hostname = "localhost"
      const body = new TextEncoder().encode("{}\n{}\n{}")
      const answer = yield* exchange({ method: "POST", url, headers: {}, body, lookup: noting })
      assert.deepStrictEqual([answer.status, names], [200, ["localhost"]])
    }).pipe(Effect.scoped)
  )
})
