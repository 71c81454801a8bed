/** HTML as values: what is put into a template is text, and is escaped, unless it is HTML itself. */
export interface Html {
  readonly html: string
}

type Part = string | number | Html | ReadonlyArray<Html> | undefined

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character)

const isMany = (part: Part): part is ReadonlyArray<Html> => Array.isArray(part)

const textOf = (part: Part): string => {
  if (part === undefined) return ""
  if (typeof part === "string") return escape(part)
  if (typeof part === "number") return `${part}`
  return isMany(part) ? part.map((each) => each.html).join("") : part.html
}

export const html = (strings: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Html => ({
  html: strings.reduce((all, text, index) => `${all}${textOf(parts[index - 1])}${text}`)
})

/** Markup of our own that is no template. */
export const raw = (text: string): Html => ({ html: text })
