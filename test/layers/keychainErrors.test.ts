/** The texts of `@napi-rs/keyring` 2.1.2, by which alone its failures can be told apart. */
import { assert, describe, it } from "@effect/vitest"
import { keychainFailure } from "../../src/layers/keychainErrors.ts"

const what = "the login at https://registry.example"

const texts: ReadonlyArray<readonly [message: string, tag: string]> = [
  // Seen on Debian 12 with gnome-keyring 42.1.
  ["Couldn't access platform storage: Secret Service: unlock prompt was dismissed", "StoreLocked"],
  [
    "Platform failure: DBus error: Using X11 for dbus-daemon autolaunch was disabled at compile time, set your DBUS_SESSION_BUS_ADDRESS instead",
    "StoreUnavailable"
  ],
  [
    "Platform failure: DBus error: Failed to connect to socket /nonexistent: No such file or directory",
    "StoreUnavailable"
  ],
  [
    "Platform failure: DBus error: Did not receive a reply. Possible causes include: the remote application did not send a reply, the message bus security policy blocked the reply, the reply timeout expired, or the network connection was broken.",
    "StoreTimedOut"
  ],
  [
    'Entry is matched by 2 credentials: [Entry { inner: Wrapper { path: Path("/org/freedesktop/secrets/collection/login/1\\0") } }, Entry { inner: Wrapper { path: Path("/org/freedesktop/secrets/collection/login/2\\0") } }]',
    "StoreAmbiguous"
  ],
  // From the source of the library and of the systems' own texts; no such machine was at hand.
  ["Couldn't access platform storage: User interaction is not allowed.", "StoreLocked"],
  ["Couldn't access platform storage: User canceled the operation.", "StoreDenied"],
  ["Couldn't access platform storage: org.freedesktop.DBus.Error.AccessDenied", "StoreDenied"],
  ["Attribute 'secret' is longer than the platform limit of 2560 bytes", "StoreTooLarge"],
  ["Not installed: Cannot find native binding.", "StoreUnavailable"],
  ["anything else", "StoreUnavailable"]
]

describe("what the keychain's library says", () => {
  for (const [message, tag] of texts) {
    it(`${message.slice(0, 60)} is ${tag}`, () => {
      const failure = keychainFailure(message, what)
      assert.strictEqual(failure._tag, tag)
      assert.isBelow(failure.message.length, 300)
      assert.notInclude(failure.message, "\n")
    })
  }

  it("counts the items of an ambiguous one", () => {
    const failure = keychainFailure("Entry is matched by 3 credentials: []", what)
    assert.strictEqual(failure.message, `the keychain holds 3 items for ${what}, so none can be trusted`)
  })
})
