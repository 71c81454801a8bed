/** Versions as npm has them (https://semver.org section 11), as far as "is it newer" needs them. */

const form = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]{1,64}))?(?:\+[0-9A-Za-z.-]{1,64})?$/

export const isVersion = (text: string): boolean => form.test(text)

const compareIdentifiers = (a: string, b: string): number => {
  const [isNumberA, isNumberB] = [a, b].map((each) => /^\d+$/.test(each))
  if (isNumberA === true && isNumberB === true) return Number(a) - Number(b)
  if (isNumberA !== isNumberB) return isNumberA === true ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

/** A version without a pre-release is newer than one with. */
const comparePrereleases = (a: string | undefined, b: string | undefined): number => {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1
  const [left, right] = [a.split("."), b.split(".")]
  for (const [index, each] of left.entries()) {
    const other = right[index]
    const order = other === undefined ? 1 : compareIdentifiers(each, other)
    if (order !== 0) return order
  }
  return left.length - right.length
}

/** False where either is no version. */
export const isNewer = (candidate: string, current: string): boolean => {
  const [a, b] = [form.exec(candidate), form.exec(current)]
  if (a === null || b === null) return false
  for (const part of [1, 2, 3]) {
    const order = Number(a[part]) - Number(b[part])
    if (order !== 0) return order > 0
  }
  return comparePrereleases(a[4], b[4]) > 0
}
