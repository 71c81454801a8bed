import { Schema } from "effect"
import { slugPattern } from "./namePatterns.ts"

const slugForm = "must be lower-case letters, digits and hyphens, at most 64"

/**
 * The identity of an agent: its file name in the registry without `.md`.
 * Nothing else ever becomes part of a path.
 */
export const AgentName = Schema.String.check(Schema.isPattern(slugPattern, { message: slugForm })).pipe(
  Schema.brand("AgentName")
)
export type AgentName = typeof AgentName.Type

export const isAgentName = Schema.is(AgentName)

/** What is wrong with a file name that cannot be an agent's, in a few words. */
export const agentNameProblem = (fileName: string): string =>
  fileName.endsWith(".md")
    ? "a file name is lower-case letters, digits and hyphens, at most 64, then .md"
    : "not a .md file"

/** An organization or project as it stands in paths and queries: same alphabet as an agent's name. */
export const Slug = Schema.String.check(Schema.isPattern(slugPattern, { message: slugForm })).pipe(Schema.brand("Slug"))
export type Slug = typeof Slug.Type

/** The nearest slug to any text, or undefined where no letter or digit is left: `My Org!` is `my-org`. */
export const slugify = (text: string): Slug | undefined => {
  const slug = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 64)
    .replace(/-+$/, "")
  return slug === "" ? undefined : Slug.make(slug)
}
