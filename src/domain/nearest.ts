/** Edit distance, stopped at `limit`. */
const distance = (a: string, b: string, limit: number): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? limit) + 1, (next[j - 1] ?? limit) + 1, (row[j - 1] ?? limit) + cost))
    }
    if (Math.min(...next) > limit) return limit + 1
    row = next
  }
  return row[b.length] ?? limit + 1
}

/** What stands behind "there is no such thing". */
export const didYouMean = (guess: string | undefined): string => (guess === undefined ? "" : `; did you mean ${guess}?`)

/** The known word that a person most likely meant, or undefined where none is near. */
export const nearest = (word: string, known: Iterable<string>): string | undefined => {
  const limit = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let least = limit + 1
  for (const candidate of known) {
    const found = distance(word.toLowerCase(), candidate.toLowerCase(), limit)
    if (found < least) {
      least = found
      best = candidate
    }
  }
  return best
}
