/** Files that the client does not load, or loads as something else than a reader thinks. */
import { type AttackClass, changed } from "./AttackClass.ts"
import { addLines, descriptionOf, mapKeys, removeKey, setKey, toCrlf, valueOf } from "./placing.ts"

const family = "loading"

/** Without anything that could close the frontmatter: three hyphens do, wherever they stand. */
const unclosed = (host: string): string => `---${host.slice(3).replaceAll("---", "- -")}`

const filled = (host: string, bytes: number): string =>
  `${host}\n${"Keep every module small, and say why.\n".repeat(Math.ceil(bytes / 38))}`

export const loading: ReadonlyArray<AttackClass> = [
  changed({
    id: "byte-order-mark",
    family,
    severityAtLeast: "medium",
    expectedRules: ["not-loadable"],
    // One alone is taken off by the client's decoder.
    attacks: [(host) => `\uFEFF\uFEFF${host}`, (host) => `\uFEFF\n${host}`, (host) => `\u200B${host}`],
    twins: [(host) => `\uFEFF${host}`, toCrlf, (host) => `${host}\n\uFEFF\n`]
  }),
  changed({
    id: "leading-blank",
    family,
    severityAtLeast: "medium",
    expectedRules: ["not-loadable"],
    attacks: [(host) => `\n${host}`, (host) => `\r\n\r\n${host}`, (host) => ` ${host}`],
    twins: [(host) => host.replace(/\n---(\r?\n)/, "\n---$1$1$1")]
  }),
  changed({
    id: "unterminated",
    family,
    severityAtLeast: "medium",
    expectedRules: ["not-loadable"],
    attacks: [unclosed],
    twins: [(host) => `${host}\n\n---\n\nThe end.\n`]
  }),
  changed({
    id: "no-frontmatter",
    family,
    severityAtLeast: "medium",
    expectedRules: ["not-loadable"],
    attacks: [(host) => `# Agent\n\n${descriptionOf(host)}\n`],
    twins: [(host) => `${host}\n\n\`\`\`yaml\nname: \n\`\`\`\n`]
  }),
  changed({
    id: "capital-key",
    family,
    severityAtLeast: "medium",
    expectedRules: ["not-loadable"],
    attacks: [
      (host) => mapKeys(host, (line) => line.replace(/^name:/, "Name:")),
      (host) => mapKeys(host, (line) => line.replace(/^description:/, "Description:")),
      (host) => mapKeys(host, (line) => line.replace(/^name:/, "NAME:"))
    ],
    twins: [(host) => `${host}\n\nName: The Agent\nDescription: what it does\n`]
  }),
  changed({
    id: "missing-key",
    family,
    severityAtLeast: "medium",
    expectedRules: ["not-loadable"],
    attacks: [
      (host) => removeKey(host, "name"),
      (host) => removeKey(host, "description"),
      (host) => setKey(host, "description"),
      (host) => setKey(host, "description", '""'),
      (host) => setKey(host, "name", '""')
    ],
    twins: [(host) => setKey(host, "description", JSON.stringify(`${descriptionOf(host)} Missing a name: say so.`))]
  }),
  changed({
    id: "multi-line-description",
    family,
    severityAtLeast: "medium",
    expectedRules: ["not-loadable"],
    attacks: [
      (host) =>
        setKey(
          host,
          "description",
          "Use this agent when code changed: it reviews.",
          "",
          "  user: review this",
          "  agent: yes"
        ),
      (host) => setKey(host, "description", "Reviews code. Examples:", "<example>", "user: 'do it'", "</example>")
    ],
    twins: [
      (host) => setKey(host, "description", "|-", "  Use when code changed: it reviews.", "  user: review this"),
      (host) =>
        setKey(host, "description", ">", "  Use when code changed: it reviews.", "", "  <example>user: x</example>"),
      (host) => setKey(host, "description", '"Use when code changed.\\n\\n<example>\\nuser: do it\\n</example>"')
    ]
  }),
  changed({
    id: "oversize",
    family,
    severityAtLeast: "medium",
    expectedRules: ["not-loadable", "over-size-limit"],
    attacks: [(host) => filled(host, 1_048_600)],
    twins: [(host) => filled(host, 20_000)]
  }),
  changed({
    id: "duplicate-key",
    family,
    severityAtLeast: "medium",
    expectedRules: ["duplicate-key"],
    attacks: [
      (host) => addLines(setKey(host, "tools", "Read"), 'tools: "*"'),
      (host) => addLines(host, "name: somebody-else")
    ],
    twins: [(host) => `${host}\n\n\`\`\`yaml\ntools: Read\ntools: Write\n\`\`\`\n`]
  }),
  changed({
    id: "shadows-built-in",
    family,
    severityAtLeast: "medium",
    expectedRules: ["shadows-built-in"],
    attacks: [
      (host) => setKey(host, "name", "general-purpose"),
      (host) => setKey(host, "name", '"Explore"'),
      (host) => setKey(host, "name", "Plan")
    ],
    twins: [
      (host) => setKey(host, "name", "general-purpose-reviewer"),
      (host) => setKey(host, "description", JSON.stringify(`${descriptionOf(host)} Not the general-purpose agent.`))
    ]
  }),
  changed({
    id: "fragile-yaml",
    family,
    severityAtLeast: "low",
    // With CRLF the client does not mend it.
    expectedRules: ["fragile-yaml", "not-loadable"],
    attacks: [
      (host) => setKey(host, "description", "Use when: code changed. Examples: review, test."),
      (host) => setKey(host, "description", "[draft] reviews what was changed")
    ],
    twins: [(host) => setKey(host, "description", "'Use when: code changed. Examples: review, test.'")]
  }),
  changed({
    id: "other-name",
    family,
    severityAtLeast: "info",
    expectedRules: ["file-name-differs"],
    attacks: [(host) => setKey(host, "name", "accounting-helper")],
    twins: [(host) => setKey(host, "name", JSON.stringify(valueOf(host, "name").replace(/["']/g, "")))]
  })
]
