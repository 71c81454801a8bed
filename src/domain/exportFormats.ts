/** What the session log is exported as; by itself, because every start reads the flags. */
export const ExportFormats = ["jsonl", "csv", "otlp"] as const
export type ExportFormat = (typeof ExportFormats)[number]
