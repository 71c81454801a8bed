/**
 * What is not handed to the `yaml` package: it takes seconds for a megabyte of `[`, and a minute for as many aliases.
 * No agent needs nearly as much.
 */

/** Lines, brackets, quotes and other marks; a long text costs nothing. */
const maxMarks = 16_384

const isMark = new Uint8Array(128)
for (const mark of "\n[]{}\"',:?!@%`|>-") isMark[mark.charCodeAt(0)] = 1

/** Brackets within brackets, or items within items of one line. */
const maxDepth = 100

/** Anchors and aliases. */
const maxNamed = 500

const named = /(?:^|[\s,[{])[&*][^\s*&]/g

/** A line of nothing but marks of items: `- - - ? -`. */
const marks = /^[ \t]*(?:[-?:][ \t]+){100}/m

const isDeep = (yaml: string): boolean => {
  let depth = 0
  for (let at = 0; at < yaml.length; at++) {
    const code = yaml.charCodeAt(at)
    if (code === 91 || code === 123) {
      if (++depth > maxDepth) return true
    } else if ((code === 93 || code === 125) && depth > 0) depth--
  }
  return marks.test(yaml)
}

const isIntricate = (yaml: string): boolean => {
  if (yaml.length <= maxMarks) return false
  let count = 0
  for (let at = 0; at < yaml.length && count <= maxMarks; at++) count += isMark[yaml.charCodeAt(at)] ?? 0
  return count > maxMarks
}

/** Why the package is not asked; undefined where it is. */
export const beyondLimits = (yaml: string): string | undefined => {
  if (isIntricate(yaml)) return `the frontmatter holds more than ${maxMarks} lines, brackets, quotes and other marks`
  if (isDeep(yaml)) return `the frontmatter is nested more than ${maxDepth} deep`
  if (yaml.includes("&") || yaml.includes("*")) {
    let count = 0
    for (const _ of yaml.matchAll(named))
      if (++count > maxNamed) return `the frontmatter holds more than ${maxNamed} anchors and aliases`
  }
  return undefined
}
