/** The build writes help in colour; where none is wanted the launcher takes it out again. Each sequence ends with an m. */
export const plainHelp = (text: string): string =>
  text
    .split("\u001b[")
    .map((part, index) => (index === 0 ? part : part.slice(part.indexOf("m") + 1)))
    .join("")
