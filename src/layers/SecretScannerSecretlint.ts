import { Effect, Layer } from "effect"
import { SecretScanner } from "../services/SecretScanner.ts"
import { windowsOf } from "./secretWindows.ts"

/** Secretlint is loaded when a file holds something that one of its rules could mean. */
export const layer = Layer.succeed(SecretScanner, {
  scan: Effect.fnUntraced(function* (file) {
    const windows = windowsOf(file)
    if (windows.length === 0) return []
    const { scanWindows } = yield* Effect.promise(() => import("./secretlintScan.ts"))
    return yield* scanWindows(file.text, windows)
  })
})
