/** The server is loaded by the commands that need one; every other start is free of it. */
import { Effect, Layer } from "effect"
import { resolve } from "node:path"
import { AgentFormat } from "../services/AgentFormat.ts"
import { Invocation } from "../services/Invocation.ts"
import { type RegistryPlace, RegistryServer } from "../services/RegistryServer.ts"

const load = Effect.promise(() => import("./RegistryServerNode.ts"))

export const layer = Layer.effect(
  RegistryServer,
  Effect.gen(function* () {
    const { cwd } = yield* Invocation
    const format = yield* AgentFormat
    const absolute = <Place extends RegistryPlace>(place: Place): Place => ({
      ...place,
      root: resolve(cwd, place.root),
      state: place.state === undefined ? undefined : resolve(cwd, place.state),
      database:
        place.database !== undefined && "urlFile" in place.database
          ? { urlFile: resolve(cwd, place.database.urlFile) }
          : place.database
    })
    return RegistryServer.of({
      listen: (options) =>
        Effect.flatMap(load, ({ listen }) =>
          Effect.provideService(
            listen({
              ...absolute(options),
              tls:
                options.tls === undefined
                  ? undefined
                  : { cert: resolve(cwd, options.tls.cert), key: resolve(cwd, options.tls.key) }
            }),
            AgentFormat,
            format
          )
        ),
      addUser: (user) => Effect.flatMap(load, ({ addUser }) => addUser(absolute(user)))
    })
  })
)
