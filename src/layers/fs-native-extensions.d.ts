declare module "fs-native-extensions" {
  const native: {
    /** Whole file, exclusive; false where another open file description holds it. */
    readonly tryLock: (fd: number) => boolean
    /** Two files change places; on Linux and macOS in one step. */
    readonly swapSync: (one: string, other: string) => void
  }
  export default native
}
