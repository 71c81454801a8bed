/** Packages run at whatever version is newest today. */
import type { AuditedFile } from "../AuditedFile.ts"
import { entryOf } from "../AuditedFile.ts"
import { eachOf, endOf, startOf, type Words, wordSet } from "../words.ts"
import { ahead, behind, instruction, type Place } from "./instructionKit.ts"

const runners = wordSet("npx uvx pipx bunx pnpm yarn bun npm pip pip3 go deno uv docker podman")

/** `name@1.2.3`, `name==1.2`, a commit: what is run is what was reviewed. */
const pinned = /@v?\d[\w.-]*$|==\s*\d|@[0-9a-f]{7,40}$|@\$/
const name = /^(?:@[\w.-]{1,60}\/)?[\w.-]{1,80}(?:@[\w.^~*$-]{1,40}|==[\w.]{1,20})?/

/** What follows a runner: its options, and what it runs. */
const forms: Record<string, RegExp> = {
  npx: /^(?:\s*args\s*:)?\s+((?:-{1,2}[\w-]+(?:=\S+)?\s+){0,4})(\S+)/,
  npm: /^\s+(?:exec|x)\s+((?:-{1,2}[\w-]+\s+){0,3})(\S+)/,
  pnpm: /^\s+(?:dlx)\s+((?:-{1,2}[\w-]+\s+){0,3})(\S+)/,
  yarn: /^\s+(?:dlx)\s+((?:-{1,2}[\w-]+\s+){0,3})(\S+)/,
  bun: /^\s+x\s+((?:-{1,2}[\w-]+\s+){0,3})(\S+)/,
  bunx: /^(?:\s*args\s*:)?\s+((?:-{1,2}[\w-]+\s+){0,3})(\S+)/,
  uvx: /^(?:\s*args\s*:)?\s+((?:-{1,2}[\w-]+(?:[= ]\S*:\/\/\S+)?\s+){0,3})(\S+)/,
  uv: /^\s+tool\s+run\s+((?:-{1,2}[\w-]+\s+){0,3})(\S+)/,
  pipx: /^\s+run\s+((?:-{1,2}[\w-]+\s+){0,3})(\S+)/,
  pip: /^\s+install\s+((?:-{1,2}[\w-]+\s+){0,4})((?:git\+|https?:)\S+)/,
  pip3: /^\s+install\s+((?:-{1,2}[\w-]+\s+){0,4})((?:git\+|https?:)\S+)/,
  go: /^\s+run\s+()(\S+@(?:latest|main|master))/,
  docker: /^\s+run\s()[^\n`]{0,160}?\s([\w./-]{2,100}:latest)\b/,
  deno: /^\s+run\s+((?:-{1,2}[\w-]+(?:=\S+)?\s+){0,6})(https?:\S+)/
}

/** What the runner is told to run, or undefined where it runs nothing from afar. */
const packageOf = (word: string, after: string): string | undefined => {
  const plain = after.replace(/["',[\]]/g, " ").replace(/\n\s*-\s/g, " ")
  const found = forms[word]?.exec(plain.replace(/^\s*\n\s*/, " "))
  if (found === null || found === undefined) return undefined
  const [, options = "", what = ""] = found
  // Without --yes and without a version, npx runs what the project has installed.
  if (
    word === "npx" &&
    !/(?:^|\s)(?:-y|--yes)\b/.test(options) &&
    !/@(?:latest|next|main)\b|^(?:github|gitlab|bitbucket|git\+\w+):/.test(what)
  )
    return undefined
  return what
}

const isPackage = (what: string): boolean => /^(?:@?[a-z]|git\+|https?:)/i.test(what)

const places = (words: Words, file: AuditedFile): ReadonlyArray<Place> =>
  eachOf(words, runners).flatMap((at) => {
    const { text } = words
    const start = startOf(words, at)
    const end = endOf(words, at)
    const word = text.slice(start, end)
    if (/[\w@/.-]$/.test(behind(text, start, 1))) return []
    const what = packageOf(word, ahead(text, end, 240))
    if (what === undefined || !isPackage(what)) return []
    const bare =
      /^(?:git\+|http|github:|gitlab:|bitbucket:)/.test(what) || what.endsWith(":latest")
        ? what.replace(/[#].*$/, "")
        : (name.exec(what)?.[0] ?? "")
    if (bare === "" || pinned.test(bare)) return []
    const taken = ["hooks", "mcpServers"].some((key) => {
      const entry = entryOf(file, key)
      return entry !== undefined && entry.start <= start && start < entry.end
    })
    const reach = text.indexOf(bare.slice(0, 40), end)
    return [
      {
        start,
        end: reach >= 0 && reach - end < 240 ? reach + bare.length : end,
        says: `Runs ${bare.slice(0, 80)} at whatever version is newest`,
        ...(taken ? { severity: "medium" as const } : {})
      }
    ]
  })

const branches =
  /raw\.githubusercontent\.com\/[\w.-]{1,60}\/[\w.-]{1,80}\/(?:refs\/heads\/)?(?:main|master|develop|HEAD)\/[\w./-]{1,120}\.(?:sh|py|js|mjs|ts|ps1|rb|pl)\b/g

const scripts = (text: string): ReadonlyArray<Place> =>
  text.includes("raw.githubusercontent.com/")
    ? [...text.matchAll(branches)].map((match) => ({
        start: match.index,
        end: match.index + match[0].length,
        says: "Loads a script from a branch, which changes without notice"
      }))
    : []

export const unpinnedExecution = instruction(
  {
    id: "unpinned-execution",
    title: "Runs what is not pinned",
    severity: "low",
    why: "The package or script that runs tomorrow is not the one that was reviewed today.",
    remedy: "Name an exact version, such as `npx -y name@1.2.3`, or a commit."
  },
  (words, file) => [...places(words, file), ...scripts(words.text)]
)
