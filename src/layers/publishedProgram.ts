/** What the published program holds: its files' texts, and the help texts beside them. Read only after a crash. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { CrashFacts } from "../domain/crashEvent.ts"
import { plainHelp } from "./plainHelp.ts"

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

export const publishedIn = (folder: string): Pick<CrashFacts, "helpOf" | "program"> => {
  const texts = new Map<string, string | undefined>()
  return {
    helpOf: (path) => {
      const text = read(join(folder, "help", `${["crewkit", ...path].join("-")}.ansi`))
      return text === undefined ? undefined : plainHelp(text)
    },
    program: {
      folder,
      textOf: (name) => {
        if (!texts.has(name)) texts.set(name, name.endsWith(".cjs") ? read(join(folder, name)) : undefined)
        return texts.get(name)
      }
    }
  }
}
