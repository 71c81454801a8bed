/** Documents against JSON Schemas of draft 2020-12. */
import { Ajv2020 } from "ajv/dist/2020.js"

/** As it is published, members that it does not name are allowed; a program that prints one has forgotten to say so. */
const closed = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema, (key, value) => (key === "additionalProperties" && value === true ? false : value)))

export type Problems = (document: unknown) => ReadonlyArray<string>

/** What is wrong with a document; nothing where it fits the schema, and holds no more than that names. */
export const validatorOf = (schema: unknown): Problems => {
  const validators = [schema, closed(schema)].map((each) => {
    const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, keywords: ["x-schemaVersion"] })
    // Boundary: a schema that is none is what the compiler complains about.
    return ajv.compile(each as object)
  })
  return (document) =>
    validators.flatMap((validate) =>
      validate(document) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
    )
}
