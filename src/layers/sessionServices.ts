/** What records sessions, in one module that is loaded when there is something to record. */
import { Layer } from "effect"
import * as AgentChangesNode from "./AgentChangesNode.ts"
import * as ClaudeHooksHttp from "./ClaudeHooksHttp.ts"
import * as DeliveryOutbox from "./DeliveryOutbox.ts"
import * as LogKeysKeychain from "./LogKeysKeychain.ts"
import * as SessionLogNode from "./SessionLogNode.ts"
import * as SessionRecorderWatching from "./SessionRecorderWatching.ts"

export const layer = Layer.mergeAll(SessionRecorderWatching.layer, DeliveryOutbox.layer).pipe(
  Layer.provideMerge(SessionLogNode.layer),
  Layer.provideMerge(Layer.mergeAll(LogKeysKeychain.layer, AgentChangesNode.layer, ClaudeHooksHttp.layer))
)
