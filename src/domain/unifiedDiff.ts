import { TextDiff } from "effect"

/** Beyond so many changed lines the shortest script is not looked for. */
const maxEdits = 2000

/** What turns one text into the other, line by line; a text that is not there is `/dev/null`. Empty where they are the same. */
export const unifiedDiff = (
  before: string | undefined,
  after: string | undefined,
  files: { readonly from: string; readonly to: string }
): string =>
  TextDiff.unified(TextDiff.lines(before ?? "", after ?? "", { maxEdits }), {
    fromFile: before === undefined ? "/dev/null" : files.from,
    toFile: after === undefined ? "/dev/null" : files.to
  })
