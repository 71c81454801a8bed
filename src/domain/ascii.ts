/** What has a form of its own in plain ASCII; all else is a question mark. */
const forms: ReadonlyArray<readonly [RegExp, string]> = [
  [/✓/g, "ok"],
  [/✗/g, "x"],
  [/→/g, "->"],
  [/[·•]/g, "-"],
  [/…/g, "..."],
  [/[^\t\x20-\x7e]/gu, "?"]
]

export const toAscii = (text: string): string => forms.reduce((all, [from, to]) => all.replace(from, to), text)
