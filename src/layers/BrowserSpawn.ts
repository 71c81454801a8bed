/** The system's own opener, started without a shell: the address is one argument and never parsed by anybody else. */
import { Effect, Layer } from "effect"
import { parseSafeUrl } from "../domain/safeUrl.ts"
import { Browser } from "../services/Browser.ts"

/** `BROWSER` names a program where somebody has set it; one program, no arguments. */
const opener = (url: string): readonly [string, ReadonlyArray<string>] | undefined => {
  const { BROWSER, DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME } = process.env
  if (BROWSER !== undefined && BROWSER !== "") return [BROWSER, [url]]
  if (process.platform === "darwin") return ["/usr/bin/open", [url]]
  // rundll32 takes the address as it is; `cmd /c start` would read `&` in it as the next command.
  if (process.platform === "win32") return ["rundll32.exe", ["url.dll,FileProtocolHandler", url]]
  const hasScreen = (DISPLAY ?? "") !== "" || (WAYLAND_DISPLAY ?? "") !== "" || (WSL_DISTRO_NAME ?? "") !== ""
  return hasScreen ? ["xdg-open", [url]] : undefined
}

export const layer = Layer.succeed(
  Browser,
  Browser.of({
    open: (text) => {
      const url = parseSafeUrl(text)
      const found = typeof url === "string" ? undefined : opener(url.href)
      if (found === undefined) return Effect.succeed(false)
      return Effect.callback<boolean>((resume) => {
        const { spawn } = process.getBuiltinModule("node:child_process")
        // It goes on for days, and has no use for a token.
        const { CREWKIT_TOKEN: _, ...env } = process.env
        const child = spawn(found[0], [...found[1]], { env, stdio: "ignore", detached: true, shell: false })
        child.once("error", () => resume(Effect.succeed(false)))
        child.once("spawn", () => {
          child.unref()
          resume(Effect.succeed(true))
        })
      })
    }
  })
)
