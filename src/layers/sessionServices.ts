/** What records sessions and reads their log, in one module that is loaded when it is first wanted. */
import { Layer } from "effect"
import * as AgentChangesNode from "./AgentChangesNode.ts"
import * as ClaudeHooksHttp from "./ClaudeHooksHttp.ts"
import * as GitNotesCommand from "./GitNotesCommand.ts"
import * as LogKeysKeychain from "./LogKeysKeychain.ts"
import * as SessionLogNode from "./SessionLogNode.ts"
import * as SessionRecorderWatching from "./SessionRecorderWatching.ts"
import * as SessionRecordsNode from "./SessionRecordsNode.ts"
import * as TextFileNode from "./TextFileNode.ts"

export const layer = Layer.mergeAll(
  SessionRecorderWatching.layer,
  SessionRecordsNode.layer,
  GitNotesCommand.layer,
  TextFileNode.layer
).pipe(
  Layer.provideMerge(SessionLogNode.layer),
  Layer.provideMerge(Layer.mergeAll(LogKeysKeychain.layer, AgentChangesNode.layer, ClaudeHooksHttp.layer))
)
