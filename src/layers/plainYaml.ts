/**
 * The plainest YAML there is, read without the `yaml` package: lines of `key: word` and comments. Anything else, a
 * mistake included, is left to the package (undefined), so this never has an opinion of its own.
 */
const line = /^([A-Za-z][A-Za-z0-9_]*): (?:([A-Za-z0-9./][A-Za-z0-9./_-]*)|"([^"\\]*)")$/

/** Words that are not text to YAML: booleans, null, and whatever could be a number. */
const notText = /^(?:true|false|null|[-+.]?[0-9].*)$/i

export const readPlainYaml = (text: string): Record<string, string> | undefined => {
  const data: Record<string, string> = {}
  for (const each of text.split("\n")) {
    if (each === "" || each.startsWith("#")) continue
    const match = line.exec(each)
    const key = match?.[1]
    const word = match?.[2]
    const value = word === undefined ? match?.[3] : notText.test(word) ? undefined : word
    if (key === undefined || value === undefined || Object.hasOwn(data, key)) return undefined
    data[key] = value
  }
  return data
}
