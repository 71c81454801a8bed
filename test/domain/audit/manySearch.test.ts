import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { searchFor } from "../../../src/domain/audit/manySearch.ts"

const placesOf = (text: string, wanted: ReadonlyArray<string>): ReadonlyArray<string> => {
  const places: Array<string> = []
  searchFor(wanted)(text, (start, index) => places.push(`${start} ${wanted[index]}`))
  return places.sort()
}

/** The slow way. */
const expected = (text: string, wanted: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(wanted)]
    .flatMap((each) =>
      each === ""
        ? []
        : Array.from({ length: text.length }, (_, at) => at)
            .filter((at) => text.startsWith(each, at))
            .map((at) => `${at} ${each}`)
    )
    .sort()

const Few = Schema.String.check(Schema.isPattern(/^[ab]{0,40}$/))

describe("a search for many strings", () => {
  it("finds each of them everywhere, those within others and those that overlap too", () => {
    const wanted = ["abcdefghij", "cdef", "abcdefghijklmnopqrstuvwxyz", "zz", "abcdefghij"]
    const text = "abcdefghijklmnopqrstuvwxyzzz abcdefghij"
    assert.deepStrictEqual(placesOf(text, wanted), expected(text, wanted))
    assert.lengthOf(placesOf(text, wanted), 7)
  })

  it.prop("finds what a search for each alone finds", [Schema.Array(Few), Few, Few], ([wanted, one, other]) => {
    const text = `${one}${wanted[0] ?? ""}${other}`
    assert.deepStrictEqual(placesOf(text, wanted), expected(text, wanted))
  })
})
