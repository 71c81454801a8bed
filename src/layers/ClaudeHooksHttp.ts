/** An HTTP server on loopback for the hooks of one session. It answers at once: Claude Code waits for the answer. */
import { Effect, Layer, Option } from "effect"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import { decodeHook } from "../domain/attribution.ts"
import { ClaudeHooks } from "../services/ClaudeHooks.ts"

/** Bytes of one hook: it carries the whole file twice. */
const longest = 16 * 1024 * 1024

const crypto = () => process.getBuiltinModule("node:crypto")

export const layer = Layer.succeed(
  ClaudeHooks,
  ClaudeHooks.of({
    listen: (heard) =>
      Effect.gen(function* () {
        const token = crypto().randomBytes(32).toString("base64url")
        const digest = (text: string) => crypto().createHash("sha256").update(text).digest()
        const expected = digest(token)
        const isOurs = (request: IncomingMessage): boolean =>
          request.method === "POST" &&
          crypto().timingSafeEqual(digest(String(request.headers["x-crewkit-token"])), expected)

        const answer = (request: IncomingMessage, response: ServerResponse): void => {
          if (!isOurs(request)) {
            response.writeHead(404).end()
            return
          }
          const chunks: Array<Buffer> = []
          let size = 0
          request.on("data", (chunk: Buffer) => {
            size += chunk.length
            // The rest of one that is too long is read and dropped: an error would be shown to the person.
            if (size <= longest) chunks.push(chunk)
          })
          request.on("end", () => {
            response.end()
            const hook = size <= longest ? decodeHook(Buffer.concat(chunks).toString("utf8")) : Option.none()
            if (Option.isSome(hook)) heard(hook.value)
          })
        }

        const server = yield* Effect.acquireRelease(
          Effect.callback<Server, string>((resume) => {
            const { createServer } = process.getBuiltinModule("node:http")
            const made = createServer(answer)
            made.once("error", (cause) => resume(Effect.fail(cause.message)))
            made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
          }),
          (made) =>
            Effect.sync(() => {
              made.close()
              made.closeAllConnections()
            })
        )
        const address = server.address()
        const port = typeof address === "object" ? address?.port : undefined
        return { url: `http://127.0.0.1:${port ?? 0}/`, token }
      })
  })
)
