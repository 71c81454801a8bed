/**
 * What a change of a published JSON Schema breaks for a program that reads the documents. It was written for `before`;
 * it goes on working where every document that fits `after` keeps the promises of `before`. docs/scripts.md says the
 * same in words.
 */

type Node = Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && !Array.isArray(value)
const nodeAt = (value: unknown): Node => (isNode(value) ? value : {})
const listAt = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])
const shown = (value: unknown): string => JSON.stringify(value)

/** Keywords with which a schema promises something of a single value; more of them is no break, fewer is. */
const promises = ["pattern", "format", "multipleOf", "uniqueItems", "propertyNames", "contentEncoding"]
/** Bounds, and whether the new one may be higher. */
const bounds: Readonly<Record<string, boolean>> = {
  minimum: true,
  exclusiveMinimum: true,
  minLength: true,
  minItems: true,
  minProperties: true,
  maximum: false,
  exclusiveMaximum: false,
  maxLength: false,
  maxItems: false,
  maxProperties: false
}

interface Both {
  readonly before: Node
  readonly after: Node
}

export interface BreakOptions {
  /** A root union of events, told apart by this member: readers skip those that they do not know. */
  readonly events?: string
}

/** One sentence for each thing that breaks; none where the change is an addition. */
export const breaksOf = (before: Node, after: Node, options: BreakOptions = {}): ReadonlyArray<string> => {
  const roots = { before, after }
  const seen = new Map<Node, Set<Node>>()

  const resolved = (node: Node, side: keyof Both): Node => {
    const reference = node["$ref"]
    if (typeof reference !== "string") return node
    const parts = reference
      .replace(/^#\/?/, "")
      .split("/")
      .filter((part) => part !== "")
    const named = (part: string) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")
    return resolved(
      parts.reduce<Node>((at, part) => nodeAt(at[named(part)]), roots[side]),
      side
    )
  }

  /** The schema and what `allOf` adds to it. */
  const layers = (node: Node, side: keyof Both): ReadonlyArray<Node> => {
    const here = resolved(node, side)
    return [here, ...listAt(here["allOf"]).flatMap((part) => layers(nodeAt(part), side))]
  }

  const flat = (node: Node, side: keyof Both): Node => {
    const all = layers(node, side)
    const properties = Object.assign({}, ...all.map((each) => nodeAt(each["properties"])))
    const required = all.flatMap((each) => listAt(each["required"]))
    return { ...Object.assign({}, ...all.toReversed()), properties, required }
  }

  const alternatives = (node: Node, side: keyof Both): ReadonlyArray<Node> => {
    const here = resolved(node, side)
    const choices = [...listAt(here["anyOf"]), ...listAt(here["oneOf"])]
    if (choices.length > 0) return choices.flatMap((choice) => alternatives(nodeAt(choice), side))
    const { type } = here
    return Array.isArray(type) ? type.map((one) => ({ ...here, type: one })) : [here]
  }

  /** The members that tell one alternative from another: those with a single value, two levels deep. */
  const tagsOf = (node: Node, side: keyof Both, depth = 2): ReadonlyMap<string, string> => {
    const tags = new Map<string, string>()
    for (const [name, property] of Object.entries(nodeAt(flat(node, side)["properties"]))) {
      const [value, ...others] = valuesOf(flat(nodeAt(property), side)) ?? []
      if (value !== undefined && others.length === 0) tags.set(name, value)
      else if (depth > 1) {
        for (const [inner, text] of tagsOf(nodeAt(property), side, depth - 1)) tags.set(`${name}.${inner}`, text)
      }
    }
    return tags
  }

  const valuesOf = (node: Node): ReadonlyArray<string> | undefined =>
    Object.hasOwn(node, "const")
      ? [shown(node["const"])]
      : Array.isArray(node["enum"])
        ? node["enum"].map(shown)
        : undefined

  const says = (node: Node): boolean =>
    ["type", "enum", "const", "properties", "items"].some((keyword) => {
      const value = node[keyword]
      return value !== undefined && !(keyword === "properties" && Object.keys(nodeAt(value)).length === 0)
    })

  const ofOne = (before: Node, after: Node, path: string): ReadonlyArray<string> => {
    const known = seen.get(before) ?? new Set()
    if (known.has(after)) return []
    seen.set(before, known.add(after))
    const [was, is] = [flat(before, "before"), flat(after, "after")]
    const [types, nextType] = [was["type"], is["type"]]
    if (!says(was)) return []
    if (!says(is)) return [`${path} may be anything now`]
    if (types !== nextType && types !== undefined && !(types === "number" && nextType === "integer")) {
      return [`${path} was ${shown(types)} and is ${shown(nextType ?? "of any type")}`]
    }
    return [
      ...ofValues(was, is, path),
      ...promises
        .filter((keyword) => was[keyword] !== undefined && shown(was[keyword]) !== shown(is[keyword]))
        .map((keyword) => `${path} promised ${keyword} ${shown(was[keyword])}`),
      ...Object.entries(bounds).flatMap(([keyword, higher]) =>
        ofBound(was[keyword], is[keyword], higher, `${path} promised ${keyword}`)
      ),
      ...ofObject(was, is, path),
      ...ofItems(was, is, path)
    ]
  }

  const ofBound = (was: unknown, is: unknown, higher: boolean, what: string): ReadonlyArray<string> =>
    typeof was !== "number" || (typeof is === "number" && (higher ? is >= was : is <= was)) ? [] : [`${what} ${was}`]

  const ofValues = (was: Node, is: Node, path: string): ReadonlyArray<string> => {
    const [old, now] = [valuesOf(was), valuesOf(is)]
    if (old !== undefined && now === undefined) return [`${path} was one of ${old.join(", ")} and may be another now`]
    const added = (now ?? []).filter((value) => old !== undefined && !old.includes(value))
    const excluded = (node: Node) => valuesOf(nodeAt(node["not"])) ?? []
    const free = excluded(was).filter((value) => !excluded(is).includes(value) && now?.includes(value) !== false)
    return [
      ...added.map((value) => `${path} may be ${value} now`),
      ...free.map((value) => `${path} was never ${value} here and may be now`)
    ]
  }

  const ofObject = (was: Node, is: Node, path: string): ReadonlyArray<string> => {
    const [old, now] = [nodeAt(was["properties"]), nodeAt(is["properties"])]
    const required = (node: Node, name: string) => listAt(node["required"]).includes(name)
    const [extra, nextExtra] = [was["additionalProperties"], is["additionalProperties"]]
    const closed = extra === false
    return [
      ...Object.keys(old).flatMap((name) => {
        const at = path === "" ? name : `${path}.${name}`
        if (!Object.hasOwn(now, name)) return [`${at} is gone`]
        return [
          ...(required(was, name) && !required(is, name) ? [`${at} was always there and may be absent now`] : []),
          ...of(nodeAt(old[name]), nodeAt(now[name]), at)
        ]
      }),
      ...(closed
        ? Object.keys(now)
            .filter((name) => !Object.hasOwn(old, name))
            .map((name) => `${path}.${name} is new where no other member was allowed`)
        : []),
      ...(closed && nextExtra !== false && was["type"] === "object" ? [`${path} may have other members now`] : []),
      ...(isNode(extra) && Object.keys(extra).length > 0
        ? isNode(nextExtra)
          ? of(extra, nextExtra, `${path}.*`)
          : nextExtra === false
            ? []
            : [`${path}.* may be anything now`]
        : [])
    ]
  }

  const ofItems = (was: Node, is: Node, path: string): ReadonlyArray<string> => {
    const [old, now] = [listAt(was["prefixItems"]), listAt(is["prefixItems"])]
    const places = old.flatMap((item, index) =>
      now[index] === undefined
        ? [`${path}[${index}] is gone`]
        : of(nodeAt(item), nodeAt(now[index]), `${path}[${index}]`)
    )
    if (!isNode(was["items"])) return places
    return [...places, ...of(was["items"], nodeAt(is["items"]), `${path}[]`)]
  }

  const isNewEvent = (path: string, tags: ReadonlyMap<string, string>, old: ReadonlyArray<Node>): boolean => {
    const { events } = options
    if (path !== "" || events === undefined) return false
    const type = tags.get(events)
    return type !== undefined && old.every((each) => tagsOf(each, "before").get(events) !== type)
  }

  const of = (before: Node, after: Node, path: string): ReadonlyArray<string> => {
    const old = alternatives(before, "before")
    const gone = goneFrom(old, after, path)
    return [
      ...gone,
      ...alternatives(after, "after").flatMap((next): ReadonlyArray<string> => {
        const [only, ...more] = old
        if (only !== undefined && more.length === 0) return ofOne(only, next, path)
        const tags = tagsOf(next, "after")
        if (isNewEvent(path, tags, old)) return []
        const alike = old.filter((each) =>
          [...tagsOf(each, "before")].every(([name, value]) => (tags.get(name) ?? value) === value)
        )
        const tries = alike.map((each) => ({
          shared: [...tagsOf(each, "before")].filter(([name]) => tags.has(name)).length,
          found: attempt(each, next, path)
        }))
        if (tries.some(({ found }) => found.length === 0)) return []
        // Of the one that it is most like.
        const [closest] = tries.toSorted((a, b) => b.shared - a.shared || a.found.length - b.found.length)
        return closest?.found ?? [`${path === "" ? "the document" : path} may be ${described(tags, next)} now`]
      })
    ]
  }

  /** An alternative is tried without leaving a mark: the next one may lead to the same pair. */
  const attempt = (before: Node, after: Node, path: string): ReadonlyArray<string> => {
    const marks = new Map([...seen].map(([node, others]) => [node, new Set(others)]))
    const found = ofOne(before, after, path)
    if (found.length > 0) {
      seen.clear()
      for (const [node, others] of marks) seen.set(node, others)
    }
    return found
  }

  /** Events that are no longer sent: a reader that waits for one waits for ever. */
  const goneFrom = (old: ReadonlyArray<Node>, after: Node, path: string): ReadonlyArray<string> => {
    const { events } = options
    if (path !== "" || events === undefined) return []
    const now = new Set(alternatives(after, "after").map((each) => tagsOf(each, "after").get(events)))
    return old
      .map((each) => tagsOf(each, "before").get(events))
      .filter((type) => type !== undefined && !now.has(type))
      .map((type) => `the event ${type} is gone`)
  }

  const described = (tags: ReadonlyMap<string, string>, node: Node): string =>
    tags.size === 0
      ? shown(valuesOf(node) ?? node["type"])
      : [...tags].map(([name, value]) => `${name} ${value}`).join(", ")

  return [...new Set(of(before, after, ""))]
}

/** The version that has to move with a break. */
export const versionOf = (schema: Node): unknown => schema["x-schemaVersion"]
