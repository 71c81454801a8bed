/** A package registry on this machine that knows one version of crewkit, and what it was asked. */
import { once } from "node:events"
import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"

export interface PackageRegistry extends AsyncDisposable {
  readonly url: string
  readonly asked: ReadonlyArray<{ readonly url: string; readonly headers: IncomingHttpHeaders }>
  /** Settles when a client that had its answer is gone. */
  readonly served: Promise<void>
}

export const startPackageRegistry = async (version: string): Promise<PackageRegistry> => {
  const asked: Array<PackageRegistry["asked"][number]> = []
  const served = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? "", headers: request.headers })
    request.socket.once("close", () => served.resolve())
    response.writeHead(200, { "content-type": "application/json" })
    response.end(JSON.stringify({ name: "@crewkit/cli", version }))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  // Boundary: a server on TCP has an address of this form.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    served: served.promise,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    }
  }
}
