import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { sanitize } from "../../src/domain/sanitize.ts"
import { checked, Text } from "../fakes/agentArbitraries.ts"

const esc = "\u001b"
const bell = "\u0007"

const cases: ReadonlyArray<readonly [said: string, text: string, shown: string]> = [
  ["plain text stays", "Hello, world! ~ 100% {a} \\u{1b}", "Hello, world! ~ 100% {a} \\u{1b}"],
  ["letters of any script stay", "développeur 评审员 Ώ अनु", "développeur 评审员 Ώ अनु"],
  ["a tab stays", "a\tb", "a\tb"],
  ["an emoji stays", "🚀 ok ✓", "🚀 ok ✓"],
  [
    "a joiner between pictographs stays",
    "👩\u200d💻 👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥",
    "👩\u200d💻 👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥"
  ],

  ["colours are dropped", `${esc}[31mred${esc}[0m`, "red"],
  ["colours of a 24-bit palette are dropped", `${esc}[38;2;255;0;0mred${esc}[m`, "red"],
  ["moving the cursor is dropped", `a${esc}[2Ab${esc}[10;10Hc`, "abc"],
  ["clearing the screen is dropped", `${esc}[2J${esc}[?25l${esc}[!pa`, "a"],
  ["a control sequence of one byte is dropped", "a\u009b31mb", "ab"],
  ["a hyperlink is dropped, its text stays", `${esc}]8;;https://evil.example${esc}\\text${esc}]8;;${esc}\\`, "text"],
  ["setting the title is dropped", `${esc}]0;owned${bell}a`, "a"],
  ["writing the clipboard is dropped", `${esc}]52;c;ZXZpbA==${bell}a`, "a"],
  ["a command of one byte with its end is dropped", "\u009d0;owned\u009ca", "a"],
  [
    "device control, privacy, start and application strings are dropped",
    `${esc}Pq${esc}\\${esc}^x${esc}\\${esc}Xy${esc}\\${esc}_z${esc}\\a`,
    "a"
  ],
  ["a command without its end swallows what follows", `a${esc}]0;owned`, "a"],
  ["resetting the terminal is dropped", `${esc}ca`, "a"],
  ["choosing a character set is dropped", `${esc}(0a`, "a"],
  ["an escape at the end is dropped", `a${esc}`, "a"],
  ["two escapes in a row are dropped", `a${esc}${esc}[31mb`, "ab"],

  ["a line feed is shown", "a\nb", "a\\u{a}b"],
  ["a carriage return is shown: it would overwrite the line", "good\rbad", "good\\u{d}bad"],
  ["a backspace is shown", "a\bb", "a\\u{8}b"],
  ["a null is shown", "a\u0000b", "a\\u{0}b"],
  ["a bell is shown", `a${bell}b`, "a\\u{7}b"],
  ["a delete is shown", "a\u007fb", "a\\u{7f}b"],
  ["a next line is shown", "a\u0085b", "a\\u{85}b"],
  ["line and paragraph separators are shown", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],

  ["an override of direction is shown", "a\u202egpj.exe", "a\\u{202e}gpj.exe"],
  ["isolates are shown", "\u2066a\u2069", "\\u{2066}a\\u{2069}"],
  ["marks of direction are shown", "a\u200eb\u200fc\u061cd", "a\\u{200e}b\\u{200f}c\\u{61c}d"],
  ["a zero-width space is shown", "to\u200bols", "to\\u{200b}ols"],
  ["a zero-width non-joiner is shown", "a\u200cb", "a\\u{200c}b"],
  ["a joiner between letters is shown", "a\u200db", "a\\u{200d}b"],
  ["a joiner at the end is shown", "👩\u200d", "👩\\u{200d}"],
  ["a joiner at the start is shown", "\u200d👩", "\\u{200d}👩"],
  ["a byte order mark is shown", "\ufeffa", "\\u{feff}a"],
  ["a word joiner and invisible operators are shown", "a\u2060b\u2063c", "a\\u{2060}b\\u{2063}c"],
  ["a soft hyphen is shown", "a\u00adb", "a\\u{ad}b"],
  ["fillers that look like nothing are shown", "a\u3164b\u115fc\uffa0", "a\\u{3164}b\\u{115f}c\\u{ffa0}"],
  ["tag characters are shown", "ok\u{e0041}\u{e007f}", "ok\\u{e0041}\\u{e007f}"],
  ["variation selectors of the supplement are shown", "a\u{e0100}", "a\\u{e0100}"],
  ["half a character is shown", "a\ud800b", "a\\u{d800}b"]
]

/** What no terminal may ever get from outside: all controls but the tab, and what draws nothing or turns text round. */
const forbidden =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- the very characters this is about
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e0fff}]|\p{Surrogate}/u

const piece = Schema.Union([
  Schema.Literals([
    esc,
    `${esc}[`,
    `${esc}]`,
    `${esc}P`,
    `${esc}(`,
    `${esc}\\`,
    bell,
    "\u009b",
    "\u009c",
    "\u009d",
    "\u0090",
    "31m",
    "0;",
    "\n",
    "\r",
    "\t",
    "\u200d",
    "\u200b",
    "\u202e",
    "\u2028",
    "\ud83d",
    "\ude00",
    "👩",
    "❤\ufe0f",
    "\u{e0041}",
    "a",
    "é"
  ]),
  Text
])

describe("text from outside, made safe for a terminal", () => {
  for (const [said, text, shown] of cases) {
    it(said, () => {
      assert.strictEqual(sanitize(text), shown)
    })
  }

  it.prop(
    "holds no control character but the tab, and nothing invisible",
    [Schema.Array(piece)],
    ([pieces]) => {
      const shown = sanitize(pieces.join(""))
      assert.isFalse(forbidden.test(shown), JSON.stringify(shown))
    },
    { arbitrary: { ...checked.arbitrary, runs: 1000, size: 8 } }
  )

  it.prop(
    "is safe already when it is made safe again",
    [Schema.Array(piece)],
    ([pieces]) => {
      const shown = sanitize(pieces.join(""))
      assert.strictEqual(sanitize(shown), shown)
    },
    { arbitrary: { ...checked.arbitrary, runs: 1000, size: 8 } }
  )

  it.prop(
    "is left alone where it is printable ASCII",
    [Schema.String.check(Schema.isPattern(/^[\t -~]{0,20}$/))],
    ([text]) => {
      assert.strictEqual(sanitize(text), text)
    },
    checked
  )

  it("takes no more than a moment for a long hostile text", () => {
    const long = `${esc}[${";".repeat(200_000)}${esc}]${"x".repeat(200_000)}${`${esc}[`.repeat(100_000)}`
    assert.isFalse(forbidden.test(sanitize(long)))
  })
})
