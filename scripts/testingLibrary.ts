/** Builds `@crewkit/cli/testing`: one ES module over the reader's own `effect`, and the declarations that it needs. */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { rolldown, type RolldownOutput } from "rolldown"

const root = dirname(import.meta.dirname)
const entry = "testing/testing"

/** Writes `testing.js` into `folder`. Whoever imports it has `effect`; two copies of it would not know each other. */
export const bundleTesting = async (folder: string): Promise<RolldownOutput["output"]> => {
  const bundler = await rolldown({
    input: { testing: join(root, "src", `${entry}.ts`) },
    platform: "node",
    external: /^effect(?:\/|$)/,
    transform: { target: "node20.19" },
    treeshake: true,
    logLevel: "warn"
  })
  const { output } = await bundler.write({
    dir: folder,
    format: "es",
    entryFileNames: "[name].js",
    codeSplitting: false,
    minify: true
  })
  await bundler.close()
  return output
}

const imported = /(?<=(?:from |import\()")(\.[^"]+)\.ts(?=")/g

/** Writes the declarations that are reachable from the entry into `folder`, laid out as `src/`. */
export const declareTesting = (folder: string): void => {
  const all = mkdtempSync(join(tmpdir(), "crewkit-types-"))
  try {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
    execFileSync(process.execPath, [tsc, "-p", join(root, "tsconfig.types.json"), "--outDir", all], {
      stdio: ["ignore", "inherit", "inherit"]
    })
    const todo = [entry]
    const seen = new Set(todo)
    for (const path of todo) {
      const text = readFileSync(join(all, `${path}.d.ts`), "utf8")
      for (const [, specifier = ""] of text.matchAll(imported)) {
        const next = join(dirname(path), specifier)
        if (!seen.has(next)) todo.push(next)
        seen.add(next)
      }
      const file = join(folder, `${path}.d.ts`)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text.replace(imported, "$1.js"))
    }
  } finally {
    rmSync(all, { recursive: true, force: true })
  }
}
