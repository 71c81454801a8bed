/** What records sessions, in one module that is loaded when there is something to record. */
import { Layer } from "effect"
import * as AgentChangesNode from "./AgentChangesNode.ts"
import * as ClaudeHooksHttp from "./ClaudeHooksHttp.ts"
import * as LogKeysKeychain from "./LogKeysKeychain.ts"
import * as SessionLogNode from "./SessionLogNode.ts"
import * as SessionRecorderWatching from "./SessionRecorderWatching.ts"

export const layer = SessionRecorderWatching.layer.pipe(
  Layer.provideMerge(SessionLogNode.layer),
  Layer.provideMerge(Layer.mergeAll(LogKeysKeychain.layer, AgentChangesNode.layer, ClaudeHooksHttp.layer))
)
