import { type Slug, slugify } from "./AgentName.ts"

export interface Proposal {
  readonly org: Slug
  readonly project: Slug
}

/**
 * Organization and project as a git remote names them: the last two parts of its path.
 * Takes `git@host:org/repo.git`, `https://…`, `ssh://…`, with or without `.git`; undefined for a local path.
 */
export const proposalOf = (remote: string): Proposal | undefined => {
  const text = remote.trim()
  const path = text.includes("://")
    ? /^(?:https?|ssh|git|git\+ssh):\/\/[^/]+\/(.+)$/i.exec(text)?.[1]
    : /^[^/\\]{2,}:(?!\\)(.+)$/.exec(text)?.[1]
  if (path === undefined) return undefined
  const segments = path
    .replace(/[?#].*$/, "")
    .split("/")
    .filter((segment) => segment !== "")
  const project = slugify((segments.at(-1) ?? "").replace(/\.git$/i, ""))
  const org = slugify(segments.at(-2) ?? "")
  return org === undefined || project === undefined ? undefined : { org, project }
}

/** The remote to go by: `origin`, else `upstream`, else the first that names two parts. */
export const chooseRemote = (remotes: ReadonlyMap<string, string>): Proposal | undefined => {
  const names = ["origin", "upstream", ...remotes.keys()]
  for (const name of names) {
    const url = remotes.get(name)
    const proposal = url === undefined ? undefined : proposalOf(url)
    if (proposal !== undefined) return proposal
  }
  return undefined
}
