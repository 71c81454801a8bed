/** Hooks and servers in frontmatter; `$` is a name of the probe's own. */
import { serverCommand } from "./clientSession.ts"

const command = `'echo hook $ >> "\${MARK}"'`
const entry = `- type: command\n          command: ${command}`
const hook = (event: string, matcher = '"*"', more = ""): string =>
  `hooks:\n  ${event}:\n    - matcher: ${matcher}\n      hooks:\n        ${entry}${more}`
/** One hook of PreToolUse, in flow style. */
const one = (inner: string): string => `hooks:\n  PreToolUse:\n    - hooks:\n        - {${inner}}`
const malformed = "    - hooks:\n        - type: nope\n"

/** `runs`; `loads`, where nothing of it runs; `no`: the agent is not loaded. */
export const hookProbes: ReadonlyArray<readonly [yaml: string, expected: "runs" | "loads" | "no"]> = [
  [hook("PreToolUse"), "runs"],
  [hook("PostToolUse"), "runs"],
  [hook("Stop"), "runs"],
  [hook("SubagentStop"), "runs"],
  [hook("PreToolUse", '""'), "runs"],
  [hook("PreToolUse", "Read"), "runs"],
  [hook("PreToolUse", '"R.*"'), "runs"],
  [hook("PreToolUse", "Read", "\n          timeout: 1.5"), "runs"],
  [hook("PreToolUse", "Read", "\n          more: 2"), "runs"],
  [`hooks:\n  PreToolUse:\n    - hooks:\n        ${entry}`, "runs"],
  [`hooks: {PreToolUse: [{hooks: [{type: command, command: ${command}}]}]}`, "runs"],
  [`${hook("PreToolUse")}\n  PostToolUse: nope`, "runs"],
  [`${hook("PreToolUse")}\n  Bogus: nope`, "runs"],
  [`${hook("Stop")}\n${malformed}`, "runs"],
  [`${hook("Stop")}\n        - type: nope`, "runs"],
  // Nothing to run
  ["hooks:", "loads"],
  ["hooks: {}", "loads"],
  ["hooks: false", "loads"],
  ["hooks: ''", "loads"],
  ["hooks:\n  PreToolUse:", "loads"],
  ["hooks:\n  PreToolUse: []", "loads"],
  ["hooks:\n  PreToolUse:\n    - matcher: Read\n      hooks: []", "loads"],
  ["hooks:\n  PostToolUse: nope\n  Stop: nope", "loads"],
  [`hooks:\n  Stop:\n${malformed}`, "loads"],
  [hook("Bogus"), "loads"],
  [hook("preToolUse"), "loads"],
  // A hook that might have forbidden something is malformed
  ["hooks: 5", "no"],
  ["hooks: []", "no"],
  [`hooks: ${command}`, "no"],
  ["hooks:\n  PreToolUse: nope", "no"],
  ["hooks:\n  PreToolUse: {}", "no"],
  ["hooks:\n  PreToolUse: false", "no"],
  [`hooks:\n  PreToolUse:\n${malformed}`, "no"],
  [`hooks:\n  PermissionRequest:\n${malformed}`, "no"],
  [`${hook("PreToolUse")}\n        - type: nope`, "no"],
  [hook("PreToolUse", "5"), "no"],
  [hook("PreToolUse", ""), "no"],
  ["hooks:\n  PreToolUse:\n    - matcher: Read", "no"],
  [`hooks:\n  PreToolUse:\n    - type: command\n      command: ${command}`, "no"],
  [`hooks:\n  PreToolUse:\n    matcher: Read\n    hooks:\n        ${entry}`, "no"],
  [`hooks:\n  PreToolUse:\n    - hooks:\n        - ${command}`, "no"],
  [one("command: x"), "no"],
  [one("type: command"), "no"],
  [one("type: command, command: 5"), "no"],
  [one("type: Command, command: x"), "no"],
  [one("type: command, command: x, timeout: '5'"), "no"],
  [one("type: command, command: x, timeout: 0"), "no"],
  [one("type: command, command: x, async: 5"), "no"],
  [one("type: command, command: x, once: 5"), "no"],
  [one("type: command, command: x, if: 5"), "no"],
  [one("type: command, command: x, statusMessage: 5"), "no"],
  [one("type: command, command: x, shell: zsh"), "no"],
  [one("type: command, command: x, args: x"), "no"],
  [one("type: http, url: nope"), "no"],
  [one("type: http"), "no"],
  [one("type: http, url: 'http://x', headers: {a: 5}"), "no"],
  [one("type: prompt"), "no"],
  [one("type: agent"), "no"],
  [one("type: mcp_tool, server: a"), "no"]
]

const node = JSON.stringify(serverCommand.command)
const starting = `{command: ${node}, args: [${serverCommand.script}, $]}`

/** Whether the server starts with the agent. */
export const serverProbes: ReadonlyArray<readonly [yaml: string, starts: boolean]> = [
  [`mcpServers:\n  - own-$:\n      command: ${node}\n      args: [${serverCommand.script}, $]`, true],
  [`mcpServers: [{own-$: ${starting}}]`, true],
  [
    `mcpServers: [{own-$: {type: stdio, command: ${node}, args: [${serverCommand.script}, $], env: {A: b}, more: 1}}]`,
    true
  ],
  [`mcpServers: [5, nope, {own-$: ${starting}}]`, true],
  [`mcpServers: [{bad: {cmd: x}}, {own-$: ${starting}}]`, true],
  [`mcpServers: [{own-$: ${starting}, more: ${starting}}]`, false],
  [`mcpServers: {own-$: ${starting}}`, false],
  [`mcpServers: [[{own-$: ${starting}}]]`, false],
  [`mcp_servers: [{own-$: ${starting}}]`, false],
  [`mcpServers: [${starting}]`, false],
  [`mcpServers: [{own-$: {command: ${node}, args: [${serverCommand.script}, $], env: {A: 5}}}]`, false],
  [`mcpServers: [{own-$: {command: ${node}, args: [${serverCommand.script}, $, 5]}}]`, false],
  [`mcpServers: [{own-$: {type: nope, command: ${node}, args: [${serverCommand.script}, $]}}]`, false],
  ["mcpServers: [probe]", false],
  ["mcpServers: probe", false],
  ["mcpServers:", false],
  ["mcpServers: 5", false],
  ["mcpServers: [{own-$: {command: ''}}]", false],
  ["mcpServers: [{own-$: {url: 'http://127.0.0.1:9'}}]", false]
]
