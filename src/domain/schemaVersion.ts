/**
 * The version of what `--json` prints, of all commands together. It moves when a document changes so that a program
 * written for it could break; `docs/scripts.md` says what that is, and a test sees to it.
 */
export const schemaVersion = 1
