/** What a shell is told: candidates in its own form, or that it is to complete a file. */
import { sanitize } from "../sanitize.ts"
import type { Candidate } from "./CommandTree.ts"

export type Shell = "bash" | "zsh" | "fish" | "powershell"

export type Answer =
  | { readonly _tag: "Names"; readonly candidates: ReadonlyArray<Candidate> }
  /** The shell knows best how to complete those. */
  | { readonly _tag: "Files" }
  | { readonly _tag: "Folders" }

/** Characters of a description; lists stay readable in a terminal of 80 columns. */
const longest = 60

/** One line, without anything that a terminal would obey. */
const aboutLine = (about: string): string => {
  const line = sanitize(about.replace(/\s+/g, " ").trim())
  const letters = Array.from(line)
  return letters.length > longest
    ? `${letters
        .slice(0, longest - 1)
        .join("")
        .trimEnd()}…`
    : line
}

/** PowerShell reads what programs print in whatever encoding the console has: this is ASCII, for `[regex]::Unescape`. */
const ascii = (text: string): string =>
  text.replaceAll("\\", "\\\\").replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

const lineFor = (shell: Shell, { about, name }: Candidate): string => {
  const said = aboutLine(about)
  switch (shell) {
    case "bash":
      return name
    case "zsh":
      return said === "" ? name.replaceAll(":", "\\:") : `${name.replaceAll(":", "\\:")}:${said}`
    case "fish":
      return said === "" ? name : `${name}\t${said}`
    case "powershell":
      return said === "" ? name : `${name}\t${ascii(said)}`
  }
}

/** A line for each candidate; or `:files`, `:folders`, which no candidate can be. */
export const answerText = (shell: Shell, answer: Answer): string => {
  if (answer._tag === "Files") return ":files\n"
  if (answer._tag === "Folders") return ":folders\n"
  return answer.candidates.map((candidate) => `${lineFor(shell, candidate)}\n`).join("")
}
