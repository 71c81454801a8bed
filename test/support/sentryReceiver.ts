/** A receiver of Sentry's protocol on this machine: it keeps what it gets, and counts every connection. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface Envelope {
  readonly url: string
  readonly headers: Readonly<Record<string, unknown>>
  /** The whole body as it came. */
  readonly text: string
  /** Its third line: after the envelope's header and the item's. */
  readonly event: Readonly<Record<string, unknown>>
}

export interface SentryReceiver extends AsyncDisposable {
  readonly dsn: string
  readonly origin: string
  readonly envelopes: ReadonlyArray<Envelope>
  /** Connections, whatever came over them. */
  readonly connections: () => number
  /** Takes requests and answers none. */
  frozen: boolean
  /** Settles when a client has hung up on a request that was not answered. */
  readonly hungUp: Promise<void>
}

export const startReceiver = async (): Promise<SentryReceiver> => {
  const envelopes: Array<Envelope> = []
  const hungUp = Promise.withResolvers<void>()
  let connections = 0
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8")
      envelopes.push({
        url: request.url ?? "",
        headers: request.headers,
        text,
        event: JSON.parse(text.split("\n")[2] ?? "{}")
      })
      if (receiver.frozen) response.once("close", () => hungUp.resolve())
      else response.end("{}")
    })
  })
  server.on("connection", () => connections++)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  // Boundary: a server on TCP has an address of this form.
  const { port } = server.address() as AddressInfo
  const receiver: SentryReceiver = {
    dsn: `http://publickey@127.0.0.1:${port}/42`,
    origin: `http://127.0.0.1:${port}`,
    envelopes,
    connections: () => connections,
    frozen: false,
    hungUp: hungUp.promise,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    }
  }
  return receiver
}
