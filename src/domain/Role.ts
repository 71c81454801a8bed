import { Schema } from "effect"
import { Slug } from "./AgentName.ts"

/** How far an agent may go on its own; the order is that of freedom. */
export const Mode = Schema.Literals(["coaching", "collaborative", "autonomous"])
export type Mode = typeof Mode.Type

/** The permission modes that a role may set; the one that skips every check is left out on purpose. */
export const PermissionMode = Schema.Literals(["default", "acceptEdits", "plan"])

/**
 * A tool that a role takes away: `Bash`, `mcp__github`, `mcp__*`. Never a bare `*`, for which Claude Code ignores the
 * whole list.
 */
export const ToolName = Schema.String.check(
  Schema.isPattern(/^(?:[A-Za-z][A-Za-z0-9_-]*|mcp__[A-Za-z0-9_-]*\*)$/, {
    message: "must be the name of a tool, such as Bash or mcp__*"
  })
)

/** What a role changes in every agent (`roles/<role>.yml`). */
export const RoleModifier = Schema.Struct({
  name: Slug,
  mode: Mode,
  description: Schema.optionalKey(Schema.String),
  promptPrefix: Schema.String,
  toolsRemoved: Schema.Array(ToolName),
  permissionMode: Schema.optionalKey(PermissionMode)
})
export type RoleModifier = typeof RoleModifier.Type

/** The roles every registry has, for where it holds no file for them. */
export const builtInRoles: ReadonlyArray<RoleModifier> = [
  {
    name: Slug.make("junior"),
    mode: "coaching",
    description: "Explains and proposes; changes nothing itself",
    promptPrefix:
      "You are coaching. Explain your reasoning, propose the change as text and let the person make it. Do not change files or run commands.",
    toolsRemoved: []
  },
  {
    name: Slug.make("intermediate"),
    mode: "collaborative",
    description: "Works together; asks before large changes",
    promptPrefix:
      "You are collaborating. Say what you are about to do before a large change, and keep steps small enough to review.",
    toolsRemoved: []
  },
  {
    name: Slug.make("senior"),
    mode: "autonomous",
    description: "Acts on its own; reports briefly",
    promptPrefix: "You act on your own. Carry the task through, verify the result, and report briefly.",
    toolsRemoved: []
  }
]

export const defaultRole = Slug.make("intermediate")

const freedom = (role: RoleModifier): number => Mode.literals.indexOf(role.mode)

/** A person may ask for a role with less freedom than their own, never for one with as much or more. */
export const mayTake = (own: RoleModifier, asked: RoleModifier): boolean =>
  own.name === asked.name || freedom(asked) < freedom(own)
