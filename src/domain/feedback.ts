/** The page where somebody writes to the people who make crewkit, with what they always ask filled in. */

export interface Versions {
  readonly crewkit: string
  readonly node: string
  readonly platform: string
  readonly arch: string
}

/** Versions and the system, and nothing that names a person, a machine, a project or an agent. */
export const feedbackUrl = ({ arch, crewkit, node, platform }: Versions): string => {
  const url = new URL("https://github.com/karibew/crewkit-cli/issues/new")
  const body = [
    "What I did:",
    "",
    "What I expected:",
    "",
    "What happened:",
    "",
    "---",
    `crewkit ${crewkit}, Node ${node}, ${platform}-${arch}`,
    ""
  ]
  url.searchParams.set("body", body.join("\n"))
  return url.href
}
