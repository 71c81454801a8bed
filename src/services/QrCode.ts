import { Context, type Effect } from "effect"

/** A text as a square for a telephone's camera. */
export class QrCode extends Context.Service<
  QrCode,
  {
    /** Lines of block characters, with a quiet zone around. */
    readonly lines: (text: string) => Effect.Effect<ReadonlyArray<string>>
  }
>()("@crewkit/cli/services/QrCode") {}
