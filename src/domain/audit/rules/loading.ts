/** Whether the client loads the agent, under which name, and whether it reads what stands in the file. */
import { entryOf, type AuditedFile } from "../AuditedFile.ts"
import type { Fix, Hit } from "../Finding.ts"
import type { Rule } from "../Rule.ts"
import { builtInAgents } from "./builtIns.ts"
import { duplicateKey, fragileYaml } from "./loadingYaml.ts"
import { firstLine, valuePlace } from "./frontmatterText.ts"
import { quotedFrontmatter } from "./quotedFrontmatter.ts"
import { listed, shown } from "./shown.ts"

/** Bytes; the client skips a larger file without a word. */
const sizeLimit = 1_048_576

const required = ["name", "description"]

/** A key that only differs in its capitals from one that the client asks for. */
const capitals = (file: AuditedFile): Fix | undefined => {
  const present = new Set(file.frontmatter.entries.map((entry) => entry.key))
  const wrong = file.frontmatter.entries.filter((entry) => {
    const right = entry.key.toLowerCase()
    return entry.key !== right && required.includes(right) && !present.has(right)
  })
  if (wrong.length === 0) return undefined
  return {
    description: `Write ${listed(wrong.map((entry) => entry.key.toLowerCase()))} in small letters`,
    edits: wrong.map((entry) => ({ ...entry.keySpan, text: entry.key.toLowerCase() }))
  }
}

const loadable = (file: AuditedFile): Fix | undefined => {
  if (file.frontmatter.state === "hidden") {
    const fence = file.text.indexOf("---")
    return fence <= 0
      ? undefined
      : {
          description: "Remove what stands before the first ---",
          edits: [{ start: 0, end: fence, text: "" }]
        }
  }
  if (file.frontmatter.state === "unreadable") return quotedFrontmatter(file)
  return file.frontmatter.state === "closed" ? capitals(file) : undefined
}

const notLoadable: Rule = {
  id: "not-loadable",
  category: "loading",
  title: "The client does not load this agent",
  severity: "high",
  why: "Claude Code skips the file without a word. Whoever deploys the agent believes that it is there; the work goes to the main session or to another agent, with other tools.",
  remedy: "Mend what the message names, or move the file out of the agents folder if it is not an agent.",
  check: (file, { model: { loading } }) => {
    if (loading.loads || file.bytes > sizeLimit) return []
    const fix = loadable(file)
    const at = loading.at.end > loading.at.start ? loading.at : firstLine(file)
    const hit: Hit = {
      start: at.start,
      end: at.end,
      message:
        file.frontmatter.state === "oversized"
          ? `What Claude Code makes of this agent is not known: ${loading.reason}`
          : `Claude Code does not load this agent: ${loading.reason}`,
      confidence: "high",
      identity: loading.reason
    }
    // A file without any frontmatter is more often a page of documentation than an agent.
    const plain = file.frontmatter.state === "missing" ? { severity: "medium" as const } : {}
    return [{ ...hit, ...plain, ...(fix === undefined ? {} : { fix }) }]
  }
}

const shadowsBuiltIn: Rule = {
  id: "shadows-built-in",
  category: "loading",
  title: "The name is that of a built-in agent",
  severity: "high",
  why: "The client brings agents of its own, and starts some of them unasked. An agent of the same name takes the place of the built-in one, so everything that was meant for it goes here.",
  remedy: "Give the agent a name of its own. If it is meant to replace the built-in one, say so in a suppression.",
  check: (file, { model: { loading } }) => {
    const name = entryOf(file, "name")
    if (!loading.loads || name === undefined) return []
    const same = builtInAgents.includes(loading.name)
    const like = builtInAgents.find((one) => one.toLowerCase() === loading.name.toLowerCase())
    if (like === undefined) return []
    return [
      {
        ...valuePlace(name),
        message: same
          ? `${shown(loading.name)} takes the place of the agent that Claude Code brings under this name`
          : `${shown(loading.name)} is easily taken for ${shown(like)}, an agent that Claude Code brings`,
        confidence: "high",
        severity: same ? "high" : "low",
        identity: loading.name
      }
    ]
  }
}

const sameName: Rule = {
  id: "same-name",
  category: "loading",
  title: "Another file has the same name",
  severity: "medium",
  why: "Of several agents with one name the client keeps one and drops the others without a word. Which one may change when a file is added.",
  remedy: "Rename one of them, or remove the one that is not meant.",
  check: (file, { model: { loading }, sameName: others }) => {
    const name = entryOf(file, "name")
    if (!loading.loads || name === undefined || others.length === 0) return []
    return [
      {
        ...valuePlace(name),
        message: `${shown(loading.name)} is also the name in ${listed(others.map((path) => shown(path)))}; the client keeps one of them`,
        confidence: "high",
        identity: loading.name
      }
    ]
  }
}

const fileNameDiffers: Rule = {
  id: "file-name-differs",
  category: "loading",
  title: "File name and name differ",
  severity: "info",
  why: "The client knows an agent by the name in its frontmatter and never looks at the file name. A reviewer who reads file names sees another set of agents than the client does.",
  remedy: "Name the file after the agent.",
  check: (file, { model: { loading } }) => {
    const base = file.path.slice(file.path.lastIndexOf("/") + 1)
    const name = entryOf(file, "name")
    if (!loading.loads || name === undefined || !base.endsWith(".md")) return []
    if (base.slice(0, -3).normalize("NFC") === loading.name.normalize("NFC")) return []
    return [
      {
        ...valuePlace(name),
        message: `the client calls this agent ${shown(loading.name)}, the file is called ${shown(base)}`,
        confidence: "high",
        identity: `${base} ${loading.name}`
      }
    ]
  }
}

const overSizeLimit: Rule = {
  id: "over-size-limit",
  category: "loading",
  title: "Larger than the client loads",
  severity: "high",
  why: "Claude Code skips an agent of more than 1,048,576 bytes without a word.",
  remedy: "Shorten the agent: move long material to files that it reads when it needs them.",
  check: (file) => {
    if (file.bytes * 10 <= sizeLimit * 9) return []
    const over = file.bytes > sizeLimit
    return [
      {
        ...firstLine(file),
        message: over
          ? `${file.bytes} bytes; Claude Code loads no agent of more than ${sizeLimit}`
          : `${file.bytes} bytes, close to the ${sizeLimit} that Claude Code loads at most`,
        confidence: "high",
        severity: over ? "high" : "low",
        identity: over ? "over" : "close"
      }
    ]
  }
}

export const loadingRules: ReadonlyArray<Rule> = [
  notLoadable,
  fragileYaml,
  duplicateKey,
  shadowsBuiltIn,
  sameName,
  fileNameDiffers,
  overSizeLimit
]
