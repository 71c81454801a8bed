// oxlint-disable no-control-regex, no-misleading-character-class -- such characters are what this file looks for
/** Characters that a person cannot see, and letters that a person takes for others. */

/** Takes no room of its own on a screen, or changes only how its neighbours look; controls aside. */
const invisibleSource =
  "\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff9-\\ufffb\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}"

export const invisible = new RegExp(`[${invisibleSource}]`, "gu")

/** Each string: a Latin letter or a hyphen, then what looks like it in another script. */
const alike = [
  "aаɑαａ",
  "bЬƅ",
  "cсϲⅽᴄ",
  "dԁⅾ",
  "eеҽєℯ",
  "gɡց",
  "hһհ",
  "iіιıɩӏ",
  "jјϳ",
  "kкκ",
  "lⅼ",
  "mⅿ",
  "nոռ",
  "oоοօ",
  "pрρ",
  "qԛգ",
  "rг",
  "sѕ",
  "tτт",
  "uսυ",
  "vνѵ",
  "wԝѡա",
  "xхχ",
  "yуүγ",
  "zᴢ",
  "AАΑᎪ",
  "BВΒᏴ",
  "CСϹᏟ",
  "DᎠ",
  "EЕΕᎬ",
  "GԌᏀ",
  "HНΗᎻ",
  "IІΙӀ",
  "JЈᎫ",
  "KКΚᏦ",
  "LᏞ",
  "MМΜᎷ",
  "NΝ",
  "OОΟՕ",
  "PРΡᏢ",
  "QԚ",
  "RᎡᏒ",
  "SЅՏᏚ",
  "TТΤᎢ",
  "UՍ",
  "VѴᏙ",
  "WԜᎳ",
  "XХΧ",
  "YҮΥ",
  "ZΖᏃ",
  "-‐‑‒–—―−⁃",
  "_＿",
  "(（",
  ")）",
  ":：꞉∶",
  ",，‚"
]

const latin: ReadonlyMap<string, string> = new Map(
  alike.flatMap((group) => {
    const [letter = "", ...others] = Array.from(group)
    return others.map((other) => [other, letter] as const)
  })
)

const ascii = /^[\u0020-\u007e]*$/

/** The text as a person sees it: nothing invisible, and Latin letters for what looks like them. */
export const seen = (text: string): string => {
  if (ascii.test(text)) return text
  return Array.from(text.replace(invisible, "").normalize("NFKC"), (one) => latin.get(one) ?? one).join("")
}

/** Written for CJK text, full-width letters are ordinary. */
const cjk = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u

const fullWidth = /[\uff01-\uff5e]/gu

/**
 * The letters of another script in a word that a person reads as plain ASCII; empty for a word that is honestly
 * written in that script, since then not all of it looks like ASCII.
 */
export const lookAlikes = (text: string): ReadonlyArray<string> => {
  if (ascii.test(text)) return []
  const written = cjk.test(text) ? text.replace(fullWidth, "") : text
  return [...written.replace(invisible, "").matchAll(/[\p{L}\p{N}\p{Pd}\p{M}\u2043\u2212_]+/gu)].flatMap(([word]) =>
    ascii.test(word) || !/^[\w-]*[A-Za-z0-9][\w-]*$/.test(seen(word))
      ? []
      : Array.from(word).filter((one) => !ascii.test(one))
  )
}

/** Hexadecimal, as Unicode writes it: `U+200B`. */
export const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`
