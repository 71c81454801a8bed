declare module "fs-native-extensions" {
  const native: {
    /** Whole file, exclusive; false where another open file description holds it. */
    readonly tryLock: (fd: number) => boolean
  }
  export default native
}
