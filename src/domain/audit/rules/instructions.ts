/** Every rule about what an agent is told to do. */
import type { Rule } from "../Rule.ts"
import { concealsFromUser } from "./instructionsConceal.ts"
import { encodedPayload } from "./instructionsEncoded.ts"
import { credentialExfiltration } from "./instructionsExfiltration.ts"
import { imageUrlWithData } from "./instructionsImage.ts"
import { overridesInstructions } from "./instructionsOverride.ts"
import { persistence } from "./instructionsPersistence.ts"
import { pipeToShell, remoteInstructions } from "./instructionsPipe.ts"
import { disablesProtection } from "./instructionsProtection.ts"
import { destructiveCommand, reverseShell } from "./instructionsShell.ts"
import { unpinnedExecution } from "./instructionsUnpinned.ts"

export const instructionRules: ReadonlyArray<Rule> = [
  credentialExfiltration,
  reverseShell,
  pipeToShell,
  encodedPayload,
  remoteInstructions,
  overridesInstructions,
  concealsFromUser,
  persistence,
  imageUrlWithData,
  disablesProtection,
  destructiveCommand,
  unpinnedExecution
]
