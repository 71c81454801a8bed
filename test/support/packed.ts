/** The package as npm makes it of what is built, in a folder of its own. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const root = dirname(dirname(import.meta.dirname))

export interface Packed extends Disposable {
  readonly tarball: string
  /** Paths in it, below the package's folder. */
  readonly files: ReadonlyArray<string>
  /** Bytes. */
  readonly unpackedSize: number
}

interface Report {
  readonly filename: string
  readonly unpackedSize: number
  readonly files: ReadonlyArray<{ readonly path: string }>
}

/** `--ignore-scripts`: `prepare` is for a clone, and what is built is what is packed. */
export const pack = (): Packed => {
  const folder = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "crewkit-pack-"))
  const args = ["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", folder]
  const text = execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
  // npm 11 gives a list, npm 12 a record by name.
  const [report]: ReadonlyArray<Report> = Object.values(JSON.parse(text))
  if (report === undefined) throw new Error(`npm pack says nothing: ${text}`)
  return {
    tarball: join(folder, report.filename),
    files: report.files.map(({ path }) => path),
    unpackedSize: report.unpackedSize,
    [Symbol.dispose]: () => fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** Bytes of the files below a folder. */
export const sizeOf = (folder: string): number =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(join(entry.parentPath, entry.name)).size, 0)
