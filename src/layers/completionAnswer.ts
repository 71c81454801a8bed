/** Answers `crewkit __complete <shell> …`, which the scripts of `crewkit --completions` call. */
import { type Answer, answerText, type Shell } from "../domain/completion/answer.ts"
import type { CommandTree } from "../domain/completion/CommandTree.ts"
import { questionOf } from "../domain/completion/question.ts"
import { keptByBash, readBashLine } from "../domain/completion/shellInput.ts"
import { candidatesOf, placeOf } from "./completionState.ts"

interface Typed {
  readonly before: ReadonlyArray<string>
  readonly current: string
  /** What of the word the shell keeps, and is not to get again. */
  readonly kept: string
}

const isShell = (word: string | undefined): word is Shell =>
  word === "bash" || word === "zsh" || word === "fish" || word === "powershell"

/** How each shell says what is typed: see its script. */
const typedIn = (shell: Shell, rest: ReadonlyArray<string>): Typed => {
  if (shell === "bash") {
    const line = readBashLine(rest[0] ?? "")
    return { ...line, kept: keptByBash(line, rest[1] ?? "") }
  }
  const words =
    shell === "powershell"
      ? Buffer.from(rest[0] ?? "", "base64")
          .toString("utf8")
          .split("\0")
      : rest
  return { before: words.slice(0, -1), current: words.at(-1) ?? "", kept: "" }
}

const answerFor = (tree: CommandTree, shell: Shell, { before, current }: Typed, cwd: string): Answer => {
  const question = questionOf(tree, before, current)
  const none: Answer = { _tag: "Names", candidates: [] }
  switch (question._tag) {
    case "Nothing":
      return none
    case "Candidates":
      return { _tag: "Names", candidates: question.candidates }
    case "Value": {
      const { given, prefix, typed, value } = question
      if (value.kind === "rest") return { _tag: "Files" }
      if (value.kind === "file" || value.kind === "folder") {
        // The shell would look in the wrong folder.
        if (placeOf(given, cwd) !== placeOf({ args: [], flags: new Map() }, cwd) && !/^[~$/\\]|^\w:/.test(typed))
          return none
        return { _tag: value.kind === "file" ? "Files" : "Folders" }
      }
      const candidates = candidatesOf({ value, given, typed, cwd, describe: shell !== "bash" })
      return { _tag: "Names", candidates: candidates.map(({ about, name }) => ({ name: `${prefix}${name}`, about })) }
    }
  }
}

/** bash and PowerShell show what they are given; zsh and fish choose by rules of their own, which a person may have set. */
const fitting = (shell: Shell, answer: Answer, { current, kept }: Typed): Answer => {
  if (answer._tag !== "Names" || shell === "zsh" || shell === "fish") return answer
  const typed = shell === "bash" ? current : current.toLowerCase()
  const candidates = answer.candidates.filter(({ name }) => name.startsWith(typed) && name.startsWith(kept))
  return { _tag: "Names", candidates: candidates.map(({ about, name }) => ({ name: name.slice(kept.length), about })) }
}

/** The text for the shell; `request` is what stands after `__complete`. Empty where there is nothing to say. */
export const completionAnswer = (tree: CommandTree, request: ReadonlyArray<string>, cwd: string): string => {
  const [shell, ...rest] = request
  if (!isShell(shell)) return ""
  const typed = typedIn(shell, rest)
  return answerText(shell, fitting(shell, answerFor(tree, shell, typed, cwd), typed))
}
