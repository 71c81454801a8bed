/**
 * Where completion finds the values of each flag and argument that is a text. By the name of the flag or argument; a
 * command in front makes an exception. One that is missing here stops the build, and one too many fails a test.
 */
import type { ValueKind } from "../domain/completion/CommandTree.ts"
import { settings } from "../domain/configSettings.ts"
import { builtInRoles } from "../domain/Role.ts"
import { ruleIds } from "../domain/audit/ruleIds.ts"

interface Kind {
  readonly kind: ValueKind
  readonly choices?: ReadonlyArray<string>
  readonly many?: true
}

const of = (kind: ValueKind): Kind => ({ kind })

export const completionKinds: Readonly<Record<string, Kind>> = {
  // Of every command.
  "--cwd": of("folder"),
  "--registry": of("folder"),
  "--role": { kind: "role", choices: builtInRoles.map(({ name }) => name) },
  "--account": of("none"),

  agent: of("agent"),
  "backups agent": of("backup"),
  time: of("backupTime"),
  "time-or-version": of("backupTime"),
  session: of("session"),
  "keys name": of("key"),
  "keys set name": of("newKey"),
  "keys set --env": of("newKeyEnvironment"),
  "keys rotate --env": of("keyEnvironment"),
  "keys remove --env": of("keyEnvironment"),
  "nothing-more": of("none"),
  "--only": of("keys"),
  command: of("rest"),
  "claude-arguments": of("rest"),
  "--print": of("none"),
  "--timeout": of("none"),
  "schema command": of("none"),

  key: { kind: "none", choices: settings.map((setting) => setting.key) },
  value: of("none"),
  "--default": of("none"),

  path: of("file"),
  "--sarif": of("file"),
  "--markdown": of("file"),
  "--html": of("file"),
  "--output": of("file"),
  "--rule": { kind: "none", choices: ruleIds, many: true },
  "--stdin-name": of("none"),
  "--reason": of("none"),
  "--expires": of("none"),

  "--agent": of("agent"),
  "--user": of("none"),
  "--since": of("none"),
  "--until": of("none"),
  "--older-than": of("none"),

  org: of("none"),
  project: of("none"),
  "--org": of("org"),
  email: of("none"),
  "--name": of("none"),
  "--root": of("folder"),
  "--state": of("file"),
  "--database-url": of("none"),
  "--database-url-file": of("file"),
  "--listen": of("none"),
  "--public-url": of("none"),
  "--tls-cert": of("file"),
  "--tls-key": of("file")
}
