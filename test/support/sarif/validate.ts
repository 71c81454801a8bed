/** SARIF 2.1.0 against the official schema. */
import { Ajv } from "ajv"
import * as fs from "node:fs"
import { join } from "node:path"

const text = fs.readFileSync(join(import.meta.dirname, "sarif-schema-2.1.0.json"), "utf8")

/** The schema is of draft 4, the validator of draft 7; of what they differ in, the schema uses `id` alone. */
const schema: Record<string, unknown> = JSON.parse(text)
const { $schema: _, id: __, ...rest } = schema
if (/"exclusiveM(?:in|ax)imum": (?:true|false)/.test(text)) throw new Error("the schema uses more of draft 4")

const ajv = new Ajv({ allErrors: true, strict: false })
ajv.addFormat("uri", (value) => URL.canParse(value))
ajv.addFormat("uri-reference", /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/)
ajv.addFormat("date-time", (value) => !Number.isNaN(Date.parse(value)))
const validate = ajv.compile(rest)

/** What is wrong with a document; empty where it is SARIF. */
export const sarifProblems = (document: unknown): ReadonlyArray<string> =>
  validate(document) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
