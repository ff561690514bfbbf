import type { Principal } from '../database/principals.ts'
import type { Summary } from '../load/samples.ts'

/** What the process that holds directories does, one order at a time. It answers with what is named beside each. */
export type Order =
  /** Opens so many directories, wired as in a sidecar; those that were open before are closed. Answers null. */
  | { readonly do: 'open'; readonly directories: number }
  /** Looks all up in the first directory, a few at a time. Answers Filled. */
  | { readonly do: 'fill'; readonly principals: readonly Principal[] }
  /** Looks each up once in the first directory, in an open loop. Answers Asked. */
  | { readonly do: 'ask'; readonly principals: readonly Principal[]; readonly perSecond: number }
  /** Times lookups of what the first directory remembers. Answers Warm. */
  | { readonly do: 'warm'; readonly principals: readonly Principal[]; readonly lookups: number }
  /** Collects garbage, and answers Memory. */
  | { readonly do: 'memory' }
  /** Has every directory look all up at once, again and again until it knows. Answers Together. */
  | { readonly do: 'together'; readonly principals: readonly Principal[] }

/** Where lookups found what they asked for. */
export type Origins = { memory: number; store: number; control: number }

export type Filled = { readonly seconds: number; readonly origins: Origins }

export type Asked = {
  /** From the moment a lookup was due until it was answered. */
  readonly latencyMs: Summary
  /** How late lookups began, because the process was busy. */
  readonly lateMs: Summary
  /** The longest that garbage collection stopped the process meanwhile. */
  readonly longestPauseMs: number
  readonly origins: Origins
  /** Lookups that ended in DIRECTORY_UNAVAILABLE; they are not among the latencies. */
  readonly unavailable: number
}

export type WarmLookups = { readonly microseconds: Summary; readonly bytes: number }

export type Warm = {
  /** By the claims of a remembered token: the object that was asked with before. */
  readonly remembered: WarmLookups
  /** By claims that are equal, but another object: a token that was not seen before. */
  readonly equal: WarmLookups
  /** What taking the time takes of each sample. */
  readonly timing: Summary
}

export type Memory = { readonly rssBytes: number; readonly heapBytes: number }

export type Together = {
  readonly directories: number
  readonly seconds: number
  /** Until half of all lookups were answered. */
  readonly halfSeconds: number
  /** Of the process that holds all of them. */
  readonly cpuSeconds: number
  /** Tries that ended in DIRECTORY_UNAVAILABLE: a sidecar would have answered 503. */
  readonly unavailable: number
  readonly origins: Origins
}
