/** In place of the package `debug`, which a proxy library uses to print what goes through it when DEBUG is set. */
const debug = Object.assign((): void => undefined, { enabled: false })

export default (): typeof debug => debug
