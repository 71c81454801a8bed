/**
 * The little that `effect/cli` itself may ask of the platform. No flag of ours reads a file or spawns a process, and
 * questions go through the Prompter, so the real platform need not be loaded for it.
 */
import { Effect, FileSystem, Layer, Path, Stdio, Terminal } from "effect"
import { CliConfig, GlobalFlag } from "effect/cli"
import { ChildProcessSpawner } from "effect/process"
import { Completions } from "./completions.ts"

const unused = Effect.die("effect/cli asked for what no command of ours uses")

export const environment = Layer.mergeAll(
  FileSystem.layerNoop({}),
  Path.layer,
  Stdio.layerTest({}),
  Layer.succeed(
    Terminal.Terminal,
    Terminal.make({
      columns: Effect.succeed(80),
      rows: Effect.succeed(24),
      size: unused,
      readInput: unused,
      readLine: unused,
      display: () => Effect.void
    })
  ),
  Layer.succeed(
    ChildProcessSpawner.ChildProcessSpawner,
    ChildProcessSpawner.make(() => unused)
  ),
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, Completions] })
)
