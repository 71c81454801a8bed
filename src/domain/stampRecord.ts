/**
 * Records of a thousand entries that every start reads: checked by one pass over them in place of a schema for each
 * entry, which would cost as much as all the rest.
 */
import { Predicate, Schema } from "effect"
import { type AgentName, isAgentName } from "./AgentName.ts"

const recordOf = <K extends string, V>(isKey: (key: string) => key is K, isValue: (value: unknown) => value is V) =>
  Schema.declare((input): input is { readonly [key in K]: V } => {
    if (!Predicate.isObject(input)) return false
    for (const key in input) if (!isKey(key) || !isValue(input[key])) return false
    return true
  })

/** Size, mtime, ctime (ms since 1970), inode, SHA-256: a file as it was last read. */
export type StampTuple = readonly [size: number, mtime: number, ctime: number, ino: number, sha256: string]

const isStampTuple = (value: unknown): value is StampTuple =>
  Array.isArray(value) &&
  value.length === 5 &&
  typeof value[0] === "number" &&
  typeof value[1] === "number" &&
  typeof value[2] === "number" &&
  typeof value[3] === "number" &&
  typeof value[4] === "string"

/** Stamps by agent. */
export const AgentStamps = recordOf<AgentName, StampTuple>(isAgentName, isStampTuple)

/** SHA-256 by agent. */
export const AgentHashes = recordOf<AgentName, string>(isAgentName, Predicate.isString)

const isTexts = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every(Predicate.isString)

/** Several SHA-256 by agent. */
export const AgentHashLists = recordOf<AgentName, ReadonlyArray<string>>(isAgentName, isTexts)

/** Stamps by path. */
export const PathStamps = recordOf<string, StampTuple>(Predicate.isString, isStampTuple)
