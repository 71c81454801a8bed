/**
 * What the keychain's library says, as failures of ours. It has one code for everything, `GenericFailure`, so the
 * beginnings of its messages are all there is to go by: `test/layers/keychainErrors.test.ts` pins them.
 */
import {
  StoreAmbiguous,
  StoreDenied,
  type StoreFailure,
  StoreLocked,
  StoreTimedOut,
  StoreTooLarge,
  StoreUnavailable,
  StoreUnreadable
} from "../domain/storeErrors.ts"

/** Seconds that libdbus waits for an answer before it gives up by itself. */
const dbusSeconds = 2

/** The Secret Service refused, the person cancelled (-128), or the login may not use this item (-25293). */
const denied = /access ?denied|not permitted|permission denied|cancell?ed|-128\b|-25293\b/i

const silent = /did not receive a reply|timed? ?out|noreply/i

const noBus = /dbus_session_bus_address|autolaunch|failed to connect to socket/i

/** Kept to one line: the library prints whole structures. */
const brief = (message: string): string => (message.split("\n")[0] ?? "").slice(0, 160)

export const keychainFailure = (message: string, what: string): StoreFailure => {
  const store = "keychain"
  if (message.startsWith("Couldn't access platform storage:")) {
    return denied.test(message) ? new StoreDenied({ store, what }) : new StoreLocked({ store, what })
  }
  if (message.startsWith("Platform failure:")) {
    if (silent.test(message)) return new StoreTimedOut({ store, seconds: dbusSeconds })
    if (noBus.test(message)) return new StoreUnavailable({ store, reason: "no D-Bus session is running here" })
    return new StoreUnavailable({ store, reason: brief(message.slice("Platform failure:".length).trim()) })
  }
  const count = /^Entry is matched by (\d+) credentials/.exec(message)?.[1]
  if (count !== undefined) return new StoreAmbiguous({ what, count: Number(count) })
  const limit = /^Attribute '[^']*' is longer than (?:the )?platform limit of (\d+)/.exec(message)?.[1]
  if (limit !== undefined) return new StoreTooLarge({ store, bytes: Number(limit) + 1, limit: Number(limit) })
  if (/^(?:Data is not UTF-8|Bad )/i.test(message)) {
    return new StoreUnreadable({ store, what, reason: "it is not text" })
  }
  if (message.startsWith("Not installed:")) {
    return new StoreUnavailable({
      store,
      reason: "the part of crewkit that speaks to it (@napi-rs/keyring) is not installed for this system",
      hint: "npm install -g @crewkit/cli puts it back"
    })
  }
  return new StoreUnavailable({ store, reason: brief(message) })
}
