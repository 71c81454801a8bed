/** The audit with its rules, in one module that is loaded when something is to be audited. */
import { Layer } from "effect"
import * as AgentReaderYaml from "./AgentReaderYaml.ts"
import * as AuditProjectNode from "./AuditProjectNode.ts"
import * as AuditRules from "./AuditRules.ts"
import * as SecretScannerSecretlint from "./SecretScannerSecretlint.ts"

export const layer = Layer.mergeAll(AuditRules.layer, AuditProjectNode.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(AgentReaderYaml.layer, SecretScannerSecretlint.layer))
)
