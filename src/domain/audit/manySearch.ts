/**
 * Where any of many strings stands in a text, in one pass however many there are: a file may hold tens of thousands of
 * secrets, and looking for each of them alone takes the square of that.
 */

/** What stands where: `index` is that of the string in the list. */
export type OnFound = (start: number, index: number) => void

/** UTF-16 code units by which strings are told apart; a shorter one is found by all of itself. */
const keyLength = 8

/** Secrets of one kind begin alike, so their keys are taken from behind that. */
const keyOffset = 12

/** Strings of one length, whose keys stand at one place in them. */
interface Shape {
  readonly from: number
  readonly size: number
  readonly strings: Map<string, number>
}

interface Group {
  /** Length of the keys. */
  readonly length: number
  readonly byKey: Map<string, Array<Shape>>
}

const groupsOf = (wanted: ReadonlyArray<string>): ReadonlyArray<Group> => {
  const groups = new Map<number, Group>()
  const shapes = new Map<number, Shape>()
  for (const [index, each] of wanted.entries()) {
    if (each === "") continue
    const length = Math.min(keyLength, each.length)
    const from = Math.min(keyOffset, each.length - length)
    const shape = shapes.get(each.length) ?? { from, size: each.length, strings: new Map<string, number>() }
    shapes.set(each.length, shape)
    if (!shape.strings.has(each)) shape.strings.set(each, index)
    const group = groups.get(length) ?? { length, byKey: new Map<string, Array<Shape>>() }
    groups.set(length, group)
    const key = each.slice(from, from + length)
    const known = group.byKey.get(key)
    if (known === undefined) group.byKey.set(key, [shape])
    else if (!known.includes(shape)) known.push(shape)
  }
  return [...groups.values()]
}

/** Of two code units at the ends and two within: enough to pass over almost every place. */
const mixed = (text: string, at: number, length: number): number => {
  const half = length >> 1
  const all =
    Math.imul(text.charCodeAt(at), 0x9e3779b1) ^
    Math.imul(text.charCodeAt(at + length - 1), 0x85ebca6b) ^
    Math.imul(text.charCodeAt(at + half), 0xc2b2ae35) ^
    Math.imul(text.charCodeAt(at + (half >> 1)), 0x27d4eb2f)
  return all ^ (all >>> 15)
}

/** Most places are passed over without a string being cut out of the text; about one in 32 is not. */
const filterOf = ({ byKey, length }: Group): Uint8Array => {
  const filter = new Uint8Array(1 << Math.min(20, 37 - Math.clz32(byKey.size)))
  for (const key of byKey.keys()) filter[mixed(key, 0, length) & (filter.length - 1)] = 1
  return filter
}

/** Tells of every place where one of the strings stands, overlapping ones too; of the same string twice, the first. */
export const searchFor = (wanted: ReadonlyArray<string>): ((text: string, found: OnFound) => void) => {
  const groups = groupsOf(wanted).map((group) => ({ ...group, filter: filterOf(group) }))
  return (text, found) => {
    for (const { byKey, filter, length } of groups) {
      const bits = filter.length - 1
      for (let at = 0; at + length <= text.length; at++) {
        if (filter[mixed(text, at, length) & bits] !== 1) continue
        for (const { from, size, strings } of byKey.get(text.slice(at, at + length)) ?? []) {
          const start = at - from
          const index = start < 0 ? undefined : strings.get(text.slice(start, start + size))
          if (index !== undefined) found(start, index)
        }
      }
    }
  }
}
