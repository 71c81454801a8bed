/** What the commands about crewkit itself stand on, in one module that is loaded when one of them runs. */
import { Effect, Layer } from "effect"
import * as BrowserSpawn from "./BrowserSpawn.ts"
import * as ConsentUserFolder from "./ConsentUserFolder.ts"
import * as HttpNode from "./HttpNode.ts"
import * as InstallationNode from "./InstallationNode.ts"
import * as ReleasesNpm from "./ReleasesNpm.ts"

const crashReports = Layer.unwrap(
  Effect.map(
    Effect.promise(() => import("./CrashReportsSentry.ts")),
    ({ layer }) => layer({ args: process.argv.slice(2), folder: import.meta.dirname })
  )
)

export const layer = Layer.mergeAll(
  BrowserSpawn.layer,
  ConsentUserFolder.layer,
  InstallationNode.layer,
  crashReports,
  Layer.provide(ReleasesNpm.layer, HttpNode.layer)
)
