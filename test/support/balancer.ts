/** A load balancer in front of several servers on this machine: each connection goes to the next one in turn. */
import { connect, createServer, type Socket } from "node:net"

export interface Balancer extends AsyncDisposable {
  readonly url: string
  /** The servers behind it, `http://127.0.0.1:<port>`; those that are there take turns. */
  readonly behind: Array<string>
  /** How many connections each of them got. */
  readonly given: Map<string, number>
}

export const startBalancer = async (): Promise<Balancer> => {
  const behind: Array<string> = []
  const sockets = new Set<Socket>()
  const given = new Map<string, number>()
  let turn = 0
  const server = createServer((client) => {
    const target = behind[turn++ % behind.length] ?? ""
    given.set(target, (given.get(target) ?? 0) + 1)
    const { hostname, port } = new URL(target)
    const upstream = connect(Number(port), hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client]
    ] as const) {
      sockets.add(from)
      from.on("error", () => to.destroy())
      from.on("close", () => sockets.delete(from))
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    behind,
    given,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
