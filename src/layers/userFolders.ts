/** Where a person's own files live: XDG on every system where it is set, else the platform's own places. */
import { join } from "node:path"

const os = () => process.getBuiltinModule("node:os")

const set = (value: string | undefined): value is string => value !== undefined && value !== ""

/** Settings: what a person decided. */
export const configFolder = (): string => {
  const { APPDATA, XDG_CONFIG_HOME } = process.env
  if (set(XDG_CONFIG_HOME)) return join(XDG_CONFIG_HOME, "crewkit")
  if (process.platform === "win32" && set(APPDATA)) return join(APPDATA, "crewkit")
  if (process.platform === "darwin") return join(os().homedir(), "Library", "Application Support", "crewkit")
  return join(os().homedir(), ".config", "crewkit")
}

/** What can be made anew at any time. */
export const cacheFolder = (): string => {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  if (set(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, "crewkit")
  if (process.platform === "win32" && set(LOCALAPPDATA)) return join(LOCALAPPDATA, "crewkit", "cache")
  if (process.platform === "darwin") return join(os().homedir(), "Library", "Caches", "crewkit")
  return join(os().homedir(), ".cache", "crewkit")
}

/** What crewkit keeps for a person and cannot make anew: the vault, the list of API keys. */
export const dataFolder = (): string => {
  const { LOCALAPPDATA, XDG_DATA_HOME } = process.env
  if (set(XDG_DATA_HOME)) return join(XDG_DATA_HOME, "crewkit")
  if (process.platform === "win32" && set(LOCALAPPDATA)) return join(LOCALAPPDATA, "crewkit", "data")
  if (process.platform === "darwin") return join(os().homedir(), "Library", "Application Support", "crewkit")
  return join(os().homedir(), ".local", "share", "crewkit")
}

/**
 * Locks that hold for the OS user, whatever the environment says: a keychain does not follow HOME either. Where the
 * system has no record of the user, a container say, HOME is all there is.
 */
export const lockFolder = (): string => {
  const home = (): string => {
    try {
      return os().userInfo().homedir
    } catch {
      return os().homedir()
    }
  }
  return join(home(), ".local", "state", "crewkit", "locks")
}
