/** A screen of a terminal as an SVG: text that can be selected and read aloud, legible in dark and light. */

interface Cell {
  readonly text: string
  readonly style: string
}

/** Class names for what `tmux capture-pane -e` says of a run of characters. */
class Style {
  private bold = false
  private faint = false
  private underline = false
  private colour: number | undefined

  apply(codes: ReadonlyArray<number>): void {
    for (let at = 0; at < codes.length; at++) {
      const code = codes[at] ?? 0
      if (code === 0) [this.bold, this.faint, this.underline, this.colour] = [false, false, false, undefined]
      else if (code === 1) this.bold = true
      else if (code === 2) this.faint = true
      else if (code === 4) this.underline = true
      else if (code === 22) this.bold = this.faint = false
      else if (code === 24) this.underline = false
      else if (code >= 30 && code <= 37) this.colour = code - 30
      else if (code >= 90 && code <= 97) this.colour = code - 90
      else if (code === 39) this.colour = undefined
      // The ground is always the default one.
      else if (code === 49) continue
      else throw new Error(`a capture has the style ${code}, which ansiSvg.ts does not know`)
    }
  }

  get classes(): string {
    return [
      this.bold ? "b" : "",
      this.faint ? "f" : "",
      this.underline ? "u" : "",
      this.colour === undefined ? "" : `c${this.colour}`
    ]
      .filter((each) => each !== "")
      .join(" ")
  }
}

const escape = "\u001b"
/** A style, the switch to a character set, or text. */
const sequences = new RegExp(`${escape}\\[([\\d;]*)m|${escape}\\([A-Z0-9]|([^${escape}]+)`, "g")

const cellsOf = (screen: string): ReadonlyArray<ReadonlyArray<Cell>> => {
  const style = new Style()
  return screen
    .trimEnd()
    .split("\n")
    .map((line) =>
      [...line.matchAll(sequences)].flatMap(([, codes, text]) => {
        if (codes !== undefined) style.apply(codes.split(";").map(Number))
        return text === undefined ? [] : [{ text, style: style.classes }]
      })
    )
}

const xml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

const cell = { width: 8.4, height: 19, size: 14 }
const edge = 16

/** Contrast of at least 4.5 to 1 on either ground. */
const colours = `
    .ground { fill: #ffffff; stroke: #d0d7de }
    text { fill: #1f2328; font: ${cell.size}px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre }
    .b { font-weight: 700 } .u { text-decoration: underline } .f { fill: #59636e }
    .c1 { fill: #b3212b } .c2 { fill: #116329 } .c3 { fill: #7d4e00 } .c4 { fill: #0550ae } .c5 { fill: #8250df } .c6 { fill: #1b5f74 }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117; stroke: #3d444d }
      text { fill: #e6edf3 } .f { fill: #9198a1 }
      .c1 { fill: #ff7b72 } .c2 { fill: #56d364 } .c3 { fill: #e3b341 } .c4 { fill: #79c0ff } .c5 { fill: #d2a8ff } .c6 { fill: #76e3ea }
    }`

export interface Screen {
  readonly title: string
  /** With styles as escape sequences. */
  readonly text: string
  readonly columns: number
}

export const svgOf = ({ columns, text, title }: Screen): string => {
  const lines = cellsOf(text)
  const width = Math.ceil(columns * cell.width + 2 * edge)
  const height = lines.length * cell.height + 2 * edge
  const rows = lines.map((cells, row) => {
    let column = 0
    const spans = cells.map(({ style, text }) => {
      const x = (edge + column * cell.width).toFixed(1)
      column += Array.from(text).length
      // Each run has its place, so that a sign of another font moves nothing.
      return `<tspan x="${x}"${style === "" ? "" : ` class="${style}"`}>${xml(text)}</tspan>`
    })
    const y = edge + row * cell.height + cell.size
    return `  <text y="${y}" xml:space="preserve">${spans.join("")}</text>`
  })
  const plain = lines
    .map((cells) =>
      cells
        .map(({ text }) => text)
        .join("")
        .trimEnd()
    )
    .join("\n")
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
  <title id="title">${xml(title)}</title>
  <desc id="desc">${xml(plain)}</desc>
  <style>${colours}
  </style>
  <rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${rows.join("\n")}
</svg>
`
}

/** The words of a picture, as somebody reads them who does not see it. */
export const wordsOf = (svg: string): string =>
  (/<desc id="desc">([^]*?)<\/desc>/.exec(svg)?.[1] ?? "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
