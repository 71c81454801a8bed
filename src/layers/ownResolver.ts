/**
 * Looks names up without the operating system's own function. That one runs in a thread which a process waits for when
 * it ends, however long a name server takes; this one is given up with the request.
 */
import type { LookupAddress } from "node:dns"
import type { LookupFunction } from "node:net"

const found = (hostname: string): Promise<ReadonlyArray<LookupAddress>> => {
  const version = process.getBuiltinModule("node:net").isIP(hostname)
  if (version !== 0) return Promise.resolve([{ address: hostname, family: version }])
  if (hostname === "localhost") return Promise.resolve([{ address: "127.0.0.1", family: 4 }])
  const { Resolver } = process.getBuiltinModule("node:dns").promises
  const resolver = new Resolver({ timeout: 1000, tries: 1 })
  const asked = [
    resolver.resolve4(hostname).then((all) => all.map((address) => ({ address, family: 4 }))),
    resolver.resolve6(hostname).then((all) => all.map((address) => ({ address, family: 6 })))
  ]
  return Promise.any(asked)
}

export const ownLookup: LookupFunction = (hostname, options, callback) => {
  const fail = () => callback(Object.assign(new Error("the name was not found"), { code: "ENOTFOUND" }), "", 0)
  found(hostname).then((all) => {
    const [first] = all
    if (first === undefined) fail()
    else if (options.all === true) callback(null, [...all])
    else callback(null, first.address, first.family)
  }, fail)
}
