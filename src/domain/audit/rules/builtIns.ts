/** What Claude Code 2.1.330 brings along, by name. */

/** Built-in agents; the guide exists in a session at a terminal only. */
export const builtInAgents = ["claude", "claude-code-guide", "Explore", "general-purpose", "Plan", "statusline-setup"]

/** The keys that the client reads of an agent's frontmatter. */
export const knownKeys: ReadonlySet<string> = new Set([
  "name",
  "description",
  "tools",
  "disallowedTools",
  "model",
  "effort",
  "permissionMode",
  "mcpServers",
  "hooks",
  "maxTurns",
  "autoCompactWindow",
  "skills",
  "initialPrompt",
  "memory",
  "background",
  "omitClaudeMd",
  "isolation",
  "color",
  "experimental"
])

export const permissionModes: ReadonlySet<string> = new Set([
  "default",
  "manual",
  "plan",
  "acceptEdits",
  "bypassPermissions",
  "dontAsk",
  "auto",
  "bubble"
])

/** Tools by the names that lists, hooks and matchers use. */
export const toolNames: ReadonlyArray<string> = (
  "Bash Edit Write Read NotebookEdit WebFetch WebSearch Glob Grep Agent Task Skill SendMessage TaskStop ToolSearch " +
  "Monitor Workflow EnterWorktree ExitWorktree CronCreate CronDelete CronList ListAgents ScheduleWakeup " +
  "ReportFindings AskUserQuestion TaskCreate TaskUpdate TaskList TaskGet TaskOutput ExitPlanMode PowerShell LSP " +
  "ListMcpResourcesTool ReadMcpResourceTool StructuredOutput KillShell BashOutput"
).split(" ")
