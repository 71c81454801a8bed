/** A rule of the audit: a pure function from a file to places in it. */
import type { AuditedFile } from "./AuditedFile.ts"
import type { ClientModel } from "./ClientModel.ts"
import type { Hit, RuleInfo } from "./Finding.ts"
import type { Policy } from "./Policy.ts"
import type { SpeechOf } from "./speech.ts"

export interface RuleContext {
  readonly model: ClientModel
  /** Whether a place in the body tells the agent to do something, or only mentions it; computed once a file. */
  readonly speech: SpeechOf
  /** The other files of the same run, by the name under which the client loads them. */
  readonly sameName: ReadonlyArray<string>
  /** What the team allows, and the role for which the file is meant; absent where nobody has said anything. */
  readonly policy?: Policy & { readonly role: string | undefined }
}

export interface Rule extends RuleInfo {
  /** Linear in the size of the text: no backtracking over a long line. Looks at nothing but its arguments. */
  readonly check: (file: AuditedFile, context: RuleContext) => ReadonlyArray<Hit>
}
