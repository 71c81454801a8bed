/** Text of the audited file inside a message: safe for a terminal, in quotes, and short. */
import { sanitize } from "../../sanitize.ts"

/** Cut before it is made safe, so that a long line costs nothing; never in the middle of a character. */
const cut = (text: string, most: number): string => {
  const characters = Array.from(text.slice(0, most * 2 + 2))
  return characters.length > most ? `${characters.slice(0, most).join("")}…` : characters.join("")
}

export const shown = (text: string, most = 60): string => {
  const line = text
    .slice(0, most * 8)
    .trim()
    .replace(/\s+/g, " ")
  return `"${cut(sanitize(line), most)}"`
}

/** `one`, `one and two`, `one, two and three`; of more than `most`, the first ones and how many there are. */
export const listed = (names: ReadonlyArray<string>, most = 5): string => {
  const first = names.slice(0, most)
  const rest = names.length - first.length
  if (rest > 0) return `${first.join(", ")} and ${rest} more`
  return first.length < 2 ? first.join("") : `${first.slice(0, -1).join(", ")} and ${first.at(-1) ?? ""}`
}
