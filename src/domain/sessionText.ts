/** The session log in words. */
import type { Attribution } from "./logEvents.ts"

/** Who changed a file. */
export const whoText = (by: Attribution): string => {
  const before = by.before_session === true ? ", before the session" : ""
  if (by.kind !== "claude") {
    return `${by.kind === "outside" ? "another program" : by.kind === "crewkit" ? "crewkit" : "nobody knows who"}${before}`
  }
  const agent = by["gen_ai.agent.name"]
  const tool = by["gen_ai.tool.name"]
  const meanwhile = by.evidence === "while-running" && tool !== undefined ? ` while ${tool} ran, so probably it` : ""
  return `Claude Code${agent === undefined ? "" : `, sub-agent ${agent}`}${
    meanwhile === "" && tool !== undefined ? `, ${tool}` : meanwhile
  }${before}`
}

/** `+3 -1` */
export const linesText = (added: number | undefined, removed: number | undefined): string =>
  added === undefined || removed === undefined ? "" : `+${added} -${removed}`
