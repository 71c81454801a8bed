import { Effect, Layer } from "effect"
import type { ResolvedConfig } from "../../src/domain/ProjectSettings.ts"
import { ConfigState, configOf, fromState, stateOf } from "../../src/testing/ProjectConfigMemory.ts"
import { Scratch } from "./Scratch.ts"

export const configIn = (root: string): ResolvedConfig => configOf({ root })

/** A project called acme/web-shop in the scratch folder, in `project` below it; beside it is outside. */
export const layer = fromState.pipe(
  Layer.provideMerge(
    Layer.effect(
      ConfigState,
      Effect.flatMap(Scratch, (scratch) => stateOf(configIn(scratch.path("project"))))
    )
  )
)
