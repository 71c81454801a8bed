import { assert, describe, it } from "@effect/vitest"
import {
  answeredAlways,
  type ConsentFile,
  decide,
  disabled,
  enabled,
  previewed,
  vetoIn
} from "../../src/domain/consent.ts"
import { fieldsVersion } from "../../src/domain/crashEvent.ts"

const decisions = (file: ConsentFile) =>
  [true, false].map((attended) => decide({ file, veto: undefined }, attended)) as ReadonlyArray<string>

describe("consent", () => {
  it("is missing until somebody enables it", () => {
    assert.deepStrictEqual(decisions({}), ["keep", "keep"])
    assert.deepStrictEqual(decisions(previewed({})), ["keep", "keep"])
    assert.deepStrictEqual(decisions(disabled(enabled(previewed({})))), ["keep", "keep"])
  })

  it("asks at a terminal, and goes without only where the preview came first", () => {
    assert.deepStrictEqual(decisions(enabled({})), ["ask", "keep"])
    assert.deepStrictEqual(decisions(enabled(previewed({}))), ["ask", "send"])
    assert.deepStrictEqual(decisions(previewed(enabled({}))), ["ask", "keep"])
  })

  it("asks no more after always, until there are other fields", () => {
    const file = answeredAlways(enabled({}))
    assert.deepStrictEqual(decisions(file), ["send", "send"])
    const older = { ...file, always: fieldsVersion - 1, seen: fieldsVersion - 1 }
    assert.deepStrictEqual(decisions(older), ["ask", "keep"])
    assert.deepStrictEqual(decisions(enabled(disabled(file))), ["ask", "keep"])
  })

  it("yields to the environment, always", () => {
    const file = answeredAlways(enabled(previewed({})))
    for (const name of ["DO_NOT_TRACK", "CREWKIT_NO_TELEMETRY"] as const) {
      for (const value of ["1", "true", "yes", "anything"]) {
        assert.strictEqual(vetoIn({ [name]: value }), name)
        assert.strictEqual(decide({ file, veto: name }, true), "keep")
      }
      for (const value of ["", "0", "false", undefined]) assert.isUndefined(vetoIn({ [name]: value }))
    }
  })
})
