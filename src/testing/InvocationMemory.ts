/** The flags of every command as a value. */
import { Layer } from "effect"
import { Invocation, type InvocationValue } from "../services/Invocation.ts"

/** A run without any flag, in this folder, but for what is said otherwise. */
export const layer = (cwd: string, flags: Partial<InvocationValue> = {}) =>
  Layer.succeed(Invocation, {
    cwd,
    json: false,
    quiet: false,
    debug: false,
    color: false,
    plain: false,
    input: false,
    yes: false,
    registry: undefined,
    role: undefined,
    account: "default",
    ...flags
  })
