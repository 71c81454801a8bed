/** The JSON Schemas of what commands print, from the schemas that their handlers print with. */
import { Schema } from "effect"
import { growing } from "./growing.ts"
import { schemaVersion } from "./schemaVersion.ts"

/** What a command prints with `--json`. */
export interface CommandOutput {
  /** Of `data`; undefined where standard output belongs to another program, and only failures are documents. */
  readonly data: Schema.Constraint | undefined
  /** Of `error.details`, by `error.code`: for failures that carry more than facts about themselves. */
  readonly failures?: Readonly<Record<string, Schema.Constraint>>
  /** Of one line, where the command prints JSON Lines as well; under a name of its own. */
  readonly line?: { readonly name: string; readonly schema: Schema.Constraint }
}

type Json = Readonly<Record<string, Schema.Json>>

const text = (description: string) => Schema.String.annotate({ description })

const head = {
  schemaVersion: Schema.Literal(schemaVersion),
  command: text("The command's path; empty where the arguments name none")
}

const warnings = Schema.Array(Schema.String).annotate({ description: "What went otherwise than expected" })

const problem = {
  message: text("What happened, to which thing"),
  hint: Schema.optionalKey(text("What to do, in words")),
  next: Schema.optionalKey(text("What to type next, or what to change")),
  docs: Schema.optionalKey(text("The page that explains it"))
}

const failure = (code: Schema.Codec<string>, more: Readonly<Record<string, Schema.Constraint>>) =>
  Schema.Struct({
    ...head,
    ok: Schema.Literal(false),
    error: Schema.Struct({ code, ...problem, ...more }),
    warnings
  })

/** Any code but these: for them the details are known. */
const otherCode = (codes: ReadonlyArray<string>): Schema.Codec<string> => {
  const code = Schema.String.annotate({ description: "Stable; docs/errors.md lists them" })
  const others = Schema.makeFilter((text: string) => !codes.includes(text), {
    toJsonSchema: () => ({ not: { enum: [...codes] } })
  })
  return codes.length === 0 ? code : code.check(others)
}

/** Of the document of one command, success or failure. */
const documentOf = (command: string, { data, failures = {} }: CommandOutput): Schema.Constraint => {
  const known = Object.entries(failures).map(([code, details]) => failure(Schema.Literal(code), { details }))
  const other = failure(otherCode(Object.keys(failures)), { details: Schema.optionalKey(Schema.Json) })
  if (data === undefined) return Schema.Union([...known, other])
  const success = Schema.Struct({
    ...head,
    command: Schema.Literal(command),
    ok: Schema.Literal(true),
    data,
    warnings
  })
  return Schema.Union([success, ...known, other])
}

const isList = (value: Schema.Json): value is ReadonlyArray<Schema.Json> => Array.isArray(value)

/** What may grow is not closed: a validator with an older copy would refuse what is new. */
const opened = (value: Schema.Json): Schema.Json => {
  if (isList(value)) return value.map(opened)
  if (typeof value !== "object" || value === null) return value
  const { "x-grows": grows, enum: known, ...rest } = value
  if (grows === true && known !== undefined) return { ...rest, examples: known }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, opened(inner)]))
}

const compiled = (schema: Schema.Constraint): Json => {
  const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema, {
    includeAnnotationKey: (key) => Object.hasOwn(growing, key)
  })
  // Boundary: what the compiler hands out is JSON, in wider types.
  const whole = { ...root, ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }) } as Json
  return Object.fromEntries(Object.entries(whole).map(([key, value]) => [key, opened(value)]))
}

export interface PublishedSchema {
  readonly command: string
  /** The one document, or one line of JSON Lines. */
  readonly of: "document" | "line"
  readonly id: string
  /** Below `docs/schemas`. */
  readonly file: string
  readonly schema: Json
}

const published = (
  { command, of }: Pick<PublishedSchema, "command" | "of">,
  name: string,
  title: string,
  schema: Schema.Constraint
): PublishedSchema => {
  const file = `${name}.schema.json`
  const id = `https://crewkit.io/schemas/${file}`
  const about = { $schema: "https://json-schema.org/draft/2020-12/schema", $id: id, title }
  return { command, of, id, file, schema: { ...about, "x-schemaVersion": schemaVersion, ...compiled(schema) } }
}

/** What is published of a command: its document, and its lines where it has any. */
export const publishedOf = (command: string, output: CommandOutput): ReadonlyArray<PublishedSchema> => {
  const typed = command === "crewkit" ? command : `crewkit ${command}`
  return [
    published(
      { command, of: "document" },
      command.replaceAll(" ", "-"),
      `What ${typed} --json prints`,
      documentOf(command, output)
    ),
    ...(output.line === undefined
      ? []
      : [
          published(
            { command, of: "line" },
            output.line.name,
            `One line of the JSON Lines of ${typed}`,
            output.line.schema
          )
        ])
  ]
}
