import { Effect, Schema } from "effect"
import { ledgerOrigin } from "../domain/logAnchor.ts"
import { LogBroken, LogFaults, NothingToAnchor } from "../domain/logErrors.ts"
import { checkpointText, noteOf, vkeyOf } from "../domain/signedNote.ts"
import { code, counted, faint, good } from "../domain/text.ts"
import { GitNotes } from "../services/GitNotes.ts"
import { LogKeys } from "../services/LogKeys.ts"
import { Output } from "../services/Output.ts"
import { SessionRecords } from "../services/SessionRecords.ts"

const SessionsAnchored = Schema.Struct({
  ledger: Schema.String,
  /** Records of the ledger, and the SHA-256 of the last. */
  size: Schema.Int,
  head: Schema.String,
  commit: Schema.String,
  ref: Schema.String,
  /** The verifier key of the note. */
  key: Schema.String,
  note: Schema.String
})

const ref = "refs/notes/crewkit"

export const data = SessionsAnchored
export const failures = { LogBroken: LogFaults }

export const run = Effect.fn("sessions anchor")(function* () {
  const output = yield* Output
  const notes = yield* GitNotes
  const verdict = yield* (yield* SessionRecords).verify(undefined, yield* notes.all)
  // What is broken is not to be called good by an anchor.
  if (verdict.faults.length > 0) return yield* new LogBroken({ faults: verdict.faults })
  if (verdict.ledger === undefined) return yield* new NothingToAnchor({})
  const { head, ledger, size } = verdict.ledger
  const { key, sign } = yield* (yield* LogKeys).signer
  const text = checkpointText({ origin: ledgerOrigin(ledger), size, head })
  const note = noteOf(text, key, sign(text))
  const commit = yield* notes.add(note)
  yield* output.summary(SessionsAnchored, { ledger, size, head, commit, ref, key: vkeyOf(key), note }, [
    [good("✓ "), `${counted(size, "record")} of the ledger anchored at commit ${commit.slice(0, 12)}`],
    [faint("  off this machine  "), code(`git push origin ${ref}`)]
  ])
})
