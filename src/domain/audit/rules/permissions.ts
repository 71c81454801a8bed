/** The rules about what an agent may do, and about what only looks as if it limited that. */
import type { Rule } from "../Rule.ts"
import {
  blockingHookThatDoesNotBlock,
  bypassingPermissionMode,
  hooksExecute,
  inlineMcpServer
} from "./permissionsHooks.ts"
import { ineffectiveRestriction } from "./permissionsKeys.ts"
import { saysReadOnly } from "./permissionsReadOnly.ts"
import { droppedToolName, inheritsAllTools, muteAgent, unscopedBash, wildcardTools } from "./permissionsTools.ts"

export const permissionRules: ReadonlyArray<Rule> = [
  inheritsAllTools,
  ineffectiveRestriction,
  wildcardTools,
  muteAgent,
  droppedToolName,
  saysReadOnly,
  bypassingPermissionMode,
  hooksExecute,
  blockingHookThatDoesNotBlock,
  inlineMcpServer,
  unscopedBash
]
