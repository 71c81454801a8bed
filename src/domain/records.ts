/** `Object.entries` and `Object.keys` that do not forget the type of keys which a schema has checked. */
export const typedEntries = <K extends string, V>(record: { readonly [key in K]: V }): ReadonlyArray<[K, V]> =>
  // Boundary: the standard library widens every key to string.
  Object.entries(record) as Array<[K, V]>

export const typedKeys = <K extends string>(record: { readonly [key in K]: unknown }): ReadonlyArray<K> =>
  // Boundary: as above.
  Object.keys(record) as Array<K>

/** The record's own value: an agent may be called `constructor`. */
export const own = <K extends string, V>(record: { readonly [key in K]: V } | undefined, key: K): V | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined
