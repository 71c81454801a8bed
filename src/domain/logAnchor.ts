/** Anchors: signed notes over the whole ledger, kept where its writer's files are not. */
import { Option } from "effect"
import { parseNote, type SignedNote } from "./signedNote.ts"

export const ledgerOrigin = (ledger: string): string => `crewkit.io/session-ledger/${ledger}`

/** The signed notes of ledgers in a text that may hold several, and other things. */
export const notesIn = (text: string): ReadonlyArray<SignedNote> =>
  [...text.matchAll(/^crewkit\.io\/session-ledger\/[^\n]+\n\d+\n[^\n]+\n\n(?:— [^\n]+(?:\n|$))+/gm)].flatMap(([note]) =>
    Option.toArray(parseNote(note.endsWith("\n") ? note : `${note}\n`))
  )
