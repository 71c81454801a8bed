/** The commands as completion knows them. The build writes this from the specifications of the commands. */

/** Where the values of a flag or of an argument come from. */
export type ValueKind =
  /** Nothing that could be known; a choice, where there are choices. */
  | "none"
  | "file"
  | "folder"
  /** Everything after `--`: the words of another program. */
  | "rest"
  | "agent"
  /** An agent that has backups, and the time of one. */
  | "backup"
  | "backupTime"
  | "session"
  /** An API key that is there, one that is not there in this environment, and several separated by commas. */
  | "key"
  | "newKey"
  | "keys"
  /** The environments in which the key is there, or is not. */
  | "keyEnvironment"
  | "newKeyEnvironment"
  | "role"
  | "org"

export interface ValueNode {
  readonly kind: ValueKind
  /** The values that there are whatever is on the disk. */
  readonly choices?: ReadonlyArray<string>
  /** Of an argument: all further words are of this kind. Of a flag: it can be given again. */
  readonly many?: true
}

export interface FlagNode {
  /** As typed: `--quiet` and `-q`. */
  readonly names: ReadonlyArray<string>
  /** What switches it off: `--no-prune`. */
  readonly off?: string
  readonly about: string
  /** What follows it; absent for a flag that is on or off. */
  readonly value?: ValueNode
}

export interface CommandNode {
  readonly name: string
  readonly about: string
  readonly flags: ReadonlyArray<FlagNode>
  readonly args: ReadonlyArray<ValueNode>
  readonly commands: ReadonlyArray<CommandNode>
}

export interface CommandTree extends CommandNode {
  /** The flags that every command takes. */
  readonly globals: ReadonlyArray<FlagNode>
}

/** What a shell may put in place of the typed word. */
export interface Candidate {
  readonly name: string
  readonly about: string
}
