/** Names on disk. These stand apart from the schemas that use them for what has to start without Effect: completion. */

/** An agent, an organization, a project, a role. */
export const slugPattern = /^[a-z0-9][a-z0-9-]{0,63}$/

export const keyNamePattern = /^[a-z][a-z0-9-]{0,63}$/

/** The time of a backup: `2025-10-11T14-30-22-123Z`. */
export const backupTimePattern = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z$/

/** A file of a session's log: the session's id, and the number of the segment. */
export const segmentPattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{4,})\.jsonl$/
