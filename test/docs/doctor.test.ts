/** The published schema of `crewkit doctor --json`; `CREWKIT_UPDATE_DOCS=1` writes it, else it has to be what is there. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import { checkNames } from "../../src/domain/doctor.ts"
import { DoctorDocument } from "../support/doctorDocument.ts"

const docs = join(dirname(dirname(import.meta.dirname)), "docs")

describe("what docs/ says of the doctor", () => {
  it("has the schema of its document", () => {
    const document = Schema.toJsonSchemaDocument(DoctorDocument)
    const text = `${JSON.stringify(
      {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        $id: "https://crewkit.io/schemas/doctor.schema.json",
        title: "What crewkit doctor --json prints",
        ...document.schema,
        ...(Object.keys(document.definitions).length === 0 ? {} : { $defs: document.definitions })
      },
      null,
      2
    )}\n`
    const file = join(docs, "schemas", "doctor.schema.json")
    if (process.env["CREWKIT_UPDATE_DOCS"] === "1") fs.writeFileSync(file, text)
    assert.strictEqual(fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "", text, "CREWKIT_UPDATE_DOCS=1")
  })

  it("has a line for every check", () => {
    const page = fs.readFileSync(join(docs, "doctor.md"), "utf8")
    for (const name of checkNames) assert.include(page, `| \`${name}\` |`)
  })
})
