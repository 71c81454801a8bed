/**
 * The file of the bundle that the launcher loads in place of the program: it answers a shell at a TAB, and prints the
 * scripts that ask. It never fails and never says why: a person who presses TAB did not ask for that.
 */
import { writeSync } from "node:fs"
import type { CommandTree } from "../domain/completion/CommandTree.ts"
import { completionScript, shellNamed } from "../domain/completion/scripts.ts"
import { completionAnswer } from "./completionAnswer.ts"

/** JSON, which is read faster than code; the build makes it from the specifications of the commands. */
declare const CREWKIT_COMMANDS: string

const [word, ...rest] = process.argv.slice(2)

const text = (): string => {
  if (word === "__complete") {
    const tree: CommandTree = JSON.parse(CREWKIT_COMMANDS)
    return completionAnswer(tree, rest, process.cwd())
  }
  const shell = shellNamed.get(rest[0] ?? "")
  return shell === undefined ? "" : completionScript(shell)
}

try {
  // Not process.stdout, which takes longer to make than the answer.
  const bytes = Buffer.from(text())
  for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at)
} catch {
  // A folder that is gone, a reader that has left: then there is nothing to complete.
}
