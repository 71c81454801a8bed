/** Flags of a sync that `crewkit code` takes as well. */
import { Flag } from "effect/cli"

const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

export const syncFlags = {
  locked: toggle("locked", "Stop (exit 6, nothing written) where the registry's answer is not what the lock names"),
  frozen: toggle("frozen", "Ask nobody: write what the lock names from the local content store"),
  offline: toggle("offline", "Go by the registry's last good answer"),
  noAudit: toggle("no-audit", "Write without looking at what the agents could do; the session log says so"),
  keepLocal: Flag.Boolean("keep-local").pipe(
    Flag.withDescription("Leave agents alone that were edited here"),
    Flag.optional
  )
}
