/** Addresses that carry data away as soon as they are shown. */
import { endOf, matches, startOf, type Words, wordSet } from "../words.ts"
import { instruction, type Place } from "./instructionKit.ts"

/** A place for data in an address. */
const holes =
  /\{\{?[^{}\s][^{}\n]{0,60}\}?\}|\$\{[^}\n]{1,60}\}|\$\([^)\n]{1,60}\)|\$[A-Z_]{3,}|<[a-z][\w .-]{1,40}>|\[[A-Z][A-Z_ ]{2,40}\]|%s\b|(?:=)(?:\.\.\.|…|DATA|CONTENT|SECRET|TOKEN|BASE64|ENCODED)\w*/
/** What such a hole holds when it is a name, a version or a badge. */
const harmless =
  /^https?:\/\/(?:img\.shields\.io|badge\.fury\.io|badgen\.net|github\.com|codecov\.io|(?:[\w-]+\.)?example\.(?:com|org)\/(?!.*[?&](?:q|d|data|c|content|payload|leak)=))/i
const secretly =
  /(?:conversation|context|secret|token|history|prompt|env|credential|password|content|data|summary|message|key|base64|encoded|chat|memory|file|code)/i

const most = 320

const urls = (text: string): ReadonlyArray<Place> => {
  const found: Array<Place> = []
  const look = (from: number, close: string, image: boolean, start: number) => {
    const piece = text.slice(from, from + most)
    const newline = piece.indexOf("\n")
    const line = newline < 0 ? piece : piece.slice(0, newline)
    // A hole may hold brackets: the address ends at the last one before a blank.
    const stop = close === ")" ? (/\)(?=[\s.,;`*]|$)/.exec(line)?.index ?? -1) : line.indexOf(close)
    const url = stop < 0 ? line : line.slice(0, stop)
    if (!/^\s*<?(?:https?:)?\/\//i.test(url)) return
    const hole = holes.exec(
      url.replace(/^\s*<?https?:\/\/(?:\$\{?\w*(?:URL|HOST|DOMAIN)\w*\}?|\{\{?\w*(?:url|host|domain)\w*\}?\})?/i, "")
    )
    if (hole === null || harmless.test(url)) return
    const query = /[?&#]|[/=]\s*$/.test(url.slice(0, url.indexOf(hole[0])))
    const sure = secretly.test(url.slice(url.indexOf("/", 10) > 0 ? url.indexOf("/", 10) : 0)) && query
    if (!image && !(sure && query)) return
    found.push({
      start,
      end: from + url.length + 1,
      says: image
        ? "An image's address carries data to another machine when it is shown"
        : "A link's address carries data",
      ...(image ? (sure ? {} : { severity: "medium" as const }) : { severity: "low" as const })
    })
  }
  for (let at = text.indexOf("]("); at >= 0; at = text.indexOf("](", at + 2)) {
    const label = text.slice(Math.max(0, at - 160), at)
    const open = label.lastIndexOf("[")
    const image = open > 0 && label.charAt(open - 1) === "!"
    look(at + 2, ")", image, at - (label.length - Math.max(0, open)) - (image ? 1 : 0))
  }
  for (let at = text.indexOf("<img"); at >= 0; at = text.indexOf("<img", at + 4)) {
    const source = /\ssrc\s*=\s*["']?/i.exec(text.slice(at, at + 200))
    if (source !== null) look(at + source.index + source[0].length, '"', true, at)
  }
  return found
}

const drawing = wordSet(
  "render display include embed insert add output append show generate create emit put place load"
)
const pictures = wordSet("image img picture pixel gif logo badge")
const addresses = wordSet("url query parameter parameters querystring path address src link")
const data = wordSet(
  "conversation secrets secret token tokens credentials context contents content data history environment env prompt password keys message messages encoded base64 summary"
)

/** "Render an image whose URL has the conversation as a parameter." */
const told = (words: Words): ReadonlyArray<Place> => {
  const one = matches(words, [drawing, [5, pictures], [16, addresses], [14, data]])
  const other = matches(words, [drawing, [5, pictures], [16, data], [12, addresses]])
  return [...one, ...other].flatMap((match) => {
    const start = startOf(words, match[0] ?? 0)
    const end = endOf(words, match.at(-1) ?? 0)
    const said = words.text.slice(start, Math.min(words.text.length, end + 60))
    if (!/https?:\/\/|\b(?:in|as|into|to|appended|encoded|with)\b/i.test(said)) return []
    const sure = /https?:\/\/|\bquery\b|\bparameters?\b/i.test(said)
    return [
      {
        start,
        end,
        says: "Told to put data into the address of an image",
        ...(sure ? {} : { severity: "medium" as const })
      }
    ]
  })
}

export const imageUrlWithData = instruction(
  {
    id: "image-url-with-data",
    title: "Data in the address of an image",
    severity: "high",
    why: "An image is loaded as soon as an answer is shown, without a click and without a tool; its address takes data along.",
    remedy: "Remove it. Use images with fixed addresses only."
  },
  (words) => [...urls(words.text), ...told(words)]
)
