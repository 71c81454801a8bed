import { Effect, Layer, Scope } from "effect"
import { join } from "node:path"
import { CredentialBusy } from "../domain/errors.ts"
import { CredentialLock } from "../services/CredentialLock.ts"
import { credentialWaitSeconds, waitForCredential } from "../services/policies.ts"
import { lockFile } from "./nativeLock.ts"
import { makeFolder, sha256 } from "./nodeFs.ts"
import { lockFolder } from "./userFolders.ts"

export const layer = Layer.succeed(
  CredentialLock,
  CredentialLock.of({
    exclusive: ({ account, origin }, work) =>
      Effect.acquireUseRelease(
        Scope.make(),
        (scope) =>
          Effect.gen(function* () {
            const folder = lockFolder()
            yield* makeFolder(folder, 0o700)
            const path = join(folder, `${sha256(`${origin} ${account}`).slice(0, 32)}.lock`)
            if (!(yield* lockFile(path, waitForCredential))) {
              return yield* new CredentialBusy({ seconds: credentialWaitSeconds })
            }
          }).pipe(Scope.provide(scope), Effect.andThen(work)),
        (scope, exit) => Scope.close(scope, exit)
      )
  })
)
