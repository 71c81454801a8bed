/**
 * Saves agents again and again, the way editors do, and says what each save replaced: `node editor.ts FOLDER AGENT…`.
 * Half of the saves put a new file in the place of the old one; the others write to the file that is there. Ends when
 * its input does.
 */
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"

const native: { readonly swapSync: (one: string, other: string) => void } = createRequire(import.meta.filename)(
  "fs-native-extensions"
)

const [folder = "", ...agents] = process.argv.slice(2)

const sha256 = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex")

const contentOf = (agent: string, count: number): string =>
  `---\nname: ${agent}\ndescription: Helps with ${agent}\n---\n\nsave ${String(count).padStart(9, "0")} of ${process.pid}\n`

/** As most editors do, but for the exchange: nobody else can say for sure what a rename has replaced. */
const replace = (path: string, content: string): string => {
  const temporary = join(folder, ".editor.swp")
  fs.writeFileSync(temporary, content)
  native.swapSync(temporary, path)
  return sha256(fs.readFileSync(temporary))
}

const overwrite = (path: string, content: string): string => {
  const fd = fs.openSync(path, "r+")
  const replaced = sha256(fs.readFileSync(fd))
  fs.ftruncateSync(fd, 0)
  fs.writeSync(fd, content, 0)
  fs.closeSync(fd)
  return replaced
}

process.stdin.on("end", () => process.exit())
process.stdin.resume()

let count = 0
const save = (): void => {
  const agent = agents[count % agents.length] ?? ""
  const path = join(folder, `${agent}.md`)
  const content = contentOf(agent, count)
  const replaced = (count >> 3) % 2 === 0 ? replace(path, content) : overwrite(path, content)
  count++
  fs.writeSync(1, `saved ${sha256(content)} ${replaced}\n`)
  setImmediate(save)
}
save()
