/** What `docs/doctor.md` says of the checks. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { checkNames } from "../../src/domain/doctor.ts"

const docs = join(dirname(dirname(import.meta.dirname)), "docs")

describe("what docs/ says of the doctor", () => {
  it("has a line for every check", () => {
    const page = fs.readFileSync(join(docs, "doctor.md"), "utf8")
    for (const name of checkNames) assert.include(page, `| \`${name}\` |`)
  })
})
