const ascii = /^[\u0020-\u007e]*$/

/**
 * Takes the place of `Intl.Segmenter` in the bundle: `effect/cli` makes one when it loads, which costs a start-up 12 to
 * 14 ms for break data that plain ASCII does not need.
 */
export class LazySegmenter {
  private real: Intl.Segmenter | undefined
  private readonly locales: Intl.LocalesArgument
  private readonly options: Intl.SegmenterOptions | undefined
  constructor(locales?: Intl.LocalesArgument, options?: Intl.SegmenterOptions) {
    this.locales = locales
    this.options = options
  }
  segment(text: string): Iterable<{ readonly segment: string }> {
    if (ascii.test(text)) return Array.from(text, (segment) => ({ segment }))
    // By another name, so that the bundler does not put this class in its own place.
    const { Segmenter } = Intl
    return (this.real ??= new Segmenter(this.locales, this.options)).segment(text)
  }
}
