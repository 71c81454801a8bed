import { spawnSync } from "node:child_process"

/** Whether a process has ended; one that nobody has waited for yet has. */
export const hasEnded = (pid: number): boolean => {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" })
  return stdout.trim() === "" || stdout.startsWith("Z")
}
