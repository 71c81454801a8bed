// oxlint-disable no-control-regex, no-misleading-character-class -- such characters are what this file removes
/**
 * Makes text from outside safe to print: terminal escape sequences are dropped whole, other control characters,
 * bidirectional controls, zero-width and tag characters are shown as `\u{…}` so that a person sees they are there.
 * Tabs stay; a zero-width joiner between pictographs stays.
 */
const sequences =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/gu

const hidden =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|(?<!\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d|\u200d(?!\p{Extended_Pictographic})|\p{Surrogate}/gu

/** A JSON document in which the same characters are escaped: it means the same, and is safe on a terminal. */
export const safeJson = (value: unknown): string =>
  JSON.stringify(value).replace(hidden, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`
    ).join("")
  )

const plain = /^[\t\u0020-\u007e]*$/

export const sanitize = (text: string): string =>
  plain.test(text)
    ? text
    : text.replace(sequences, "").replace(hidden, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
