/** The rules of `docs/style.md` that a machine can look for, for one text that a person may read. */

/** Characters of a first line and of a next step: four rows of a terminal that is 40 columns wide, and a little. */
export const longest = 170

// oxlint-disable-next-line no-control-regex -- such characters are what is looked for
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u

const stack = /\n\s+at |\.[cm]?[jt]s:\d+:\d+|\[object |\bundefined\b|\bNaN\b|node:internal/

/** Words that blame, plead, shout or say nothing. */
const words =
  /\b(?:please|sorry|oops|whoops|uh-oh|unfortunately|invalid|illegal|fatal|bad|abort(?:ed|ing)?|you (?:must|forgot|failed|should)|simply|just|an error (?:has )?occurred|something went wrong|unexpected error|unknown error|failed to|unable to|successfully)\b/i

/** A first letter in upper case is a name's or a variable's; a sentence begins in lower case, after `error: `. */
const begins = /^(?:[a-z0-9./"-]|[A-Z]+[_A-Z]*\b|Claude Code\b|GET |POST |https?:)/

const ofOne = (what: string, text: string): ReadonlyArray<string> => {
  const [first = "", ...rest] = text.split("\n")
  return [
    ...(text.trim() === "" ? ["says nothing"] : []),
    ...(text === text.trim() ? [] : ["begins or ends with a space"]),
    ...(control.test(text) ? ["holds a control character"] : []),
    ...(stack.test(text) ? ["holds a stack or a value that is none"] : []),
    ...(/[.!,;:…]$/.test(text) ? [`ends with ${text.at(-1)}`] : []),
    ...(text.endsWith("?") && !/did you mean [^?]+\?$/.test(text) ? ["asks a question"] : []),
    ...(/!/.test(text) ? ["shouts"] : []),
    ...(begins.test(text) ? [] : ["begins in upper case"]),
    ...(first.length > longest ? [`is ${first.length} characters long`] : []),
    ...rest.filter((line) => !/^ {2}\S/.test(line)).map((line) => `has a line that is not indented by two: ${line}`)
  ].map((fault) => `${what} ${fault}: ${text}`)
}

/** Quoted words of others (git's, the server's) stand behind a colon; what crewkit says itself is before it. */
const wordFaults = (what: string, text: string): ReadonlyArray<string> => {
  const found = words.exec(text.split(": ")[0] ?? "")?.[0]
  return found === undefined ? [] : [`${what} says "${found}": ${text}`]
}

export const faultsOf = (message: string, next: string | undefined): ReadonlyArray<string> => [
  ...ofOne("the message", message),
  ...wordFaults("the message", message),
  ...(next === undefined
    ? ["there is no next step"]
    : [
        ...ofOne("the next step", next),
        ...wordFaults("the next step", next),
        ...(next.includes("\n") ? ["the next step has several lines"] : [])
      ])
]
