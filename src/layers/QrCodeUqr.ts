import { Effect, Layer } from "effect"
import { QrCode } from "../services/QrCode.ts"

export const layer = Layer.succeed(
  QrCode,
  QrCode.of({
    lines: (text) =>
      Effect.map(
        Effect.promise(() => import("uqr")),
        // Light on dark, as most terminals are; cameras read both.
        ({ renderUnicodeCompact }) => renderUnicodeCompact(text, { border: 2, invert: true }).split("\n")
      )
  })
)
