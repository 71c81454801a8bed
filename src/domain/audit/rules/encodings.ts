/** Decoding what an encoded blob says, as far as a rule has to read it. */

const sextets = new Int8Array(128).fill(-1)
for (const [value, character] of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".split("").entries())
  sextets[character.charCodeAt(0)] = value
sextets[45] = 62
sextets[95] = 63

/** The text in a base64 word (either alphabet, UTF-8 or UTF-16), or undefined where it is no printable text. */
export const decodeBase64 = (word: string): string | undefined => {
  let bits = 0
  let held = 0
  let odd = 0
  let plain = ""
  for (let at = 0; at < word.length; at++) {
    const value = sextets[word.charCodeAt(at) & 127] ?? -1
    if (value < 0) break
    bits = ((bits << 6) | value) & 0xffff
    held += 6
    if (held < 8) continue
    held -= 8
    const byte = (bits >> held) & 0xff
    if (byte === 0) continue
    if (byte < 9 || (byte > 13 && byte < 32) || byte > 126) odd++
    if (odd > 2 + plain.length / 8) return undefined
    plain += String.fromCharCode(byte)
  }
  return plain.length >= 12 ? plain : undefined
}

/** `\x63\x75` and `\143\165` and `\u0063` as the text they spell. */
export const decodeEscapes = (text: string): string =>
  text.replace(
    /\\x([0-9a-f]{2})|\\u00([0-9a-f]{2})|\\([0-3][0-7]{2})/gi,
    (_, hex?: string, unicode?: string, octal?: string) =>
      String.fromCharCode(octal === undefined ? Number.parseInt(hex ?? unicode ?? "3f", 16) : Number.parseInt(octal, 8))
  )
