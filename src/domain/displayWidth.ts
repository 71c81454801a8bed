/**
 * Columns that a text takes on a terminal: East Asian wide forms and pictographs take two, combining marks none. Those
 * of `\p{Emoji_Presentation}` are wide in Unicode's own table; a flag is two halves of one column each.
 */
const narrow = /^[\u0020-\u02ff]*$/

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u

// oxlint-disable-next-line no-misleading-character-class -- joiners and variation selectors, each for itself
const none = /[\p{Mn}\p{Me}\u200d\ufe0f]/u

const pictograph = /^(?!\p{RI})\p{Emoji_Presentation}$/u

const widthOfOne = (character: string): number =>
  none.test(character) ? 0 : wide.test(character) || pictograph.test(character) ? 2 : 1

export const displayWidth = (text: string): number =>
  narrow.test(text) ? text.length : Array.from(text).reduce((sum, character) => sum + widthOfOne(character), 0)

/** As much of the beginning as fits; what is cut off is an ellipsis, or these dots. */
export const fitStart = (text: string, columns: number, dots = "…"): string => {
  if (displayWidth(text) <= columns) return text
  let shown = ""
  let width = dots.length
  for (const character of text) {
    width += widthOfOne(character)
    if (width > columns) break
    shown += character
  }
  // What joins two pictographs joins nothing to an ellipsis.
  return `${shown.replace(/\u200d$/, "")}${dots}`
}

/** Words on lines that are no longer than so; a word that is longer has a line of its own. */
export const wrap = (text: string, columns: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`
    if (line !== "" && displayWidth(longer) > columns) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}
