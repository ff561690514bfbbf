/** An entry of a stream: its id, and its fields as a flat list of names and values. */
export type StreamEntry = readonly [id: string, fields: readonly string[]]

/** How far a stream was read. */
export type FeedPosition = {
  /** Which history of which server: another one after a restart, a failover or a change of the primary. */
  readonly history: string
  /** The last entry that was read; `nothingYet` where there was none. */
  readonly entryId: string
}

/** What a stream shows at one moment. */
export type StreamLook = {
  readonly history: string
  /** The id that was given last, whether its entry is kept or not; `nothingYet` where there is no stream. */
  readonly lastId: string
  /** From our position on, that entry included; the oldest first, and no more than were asked for. */
  readonly entries: readonly StreamEntry[]
  /** There are no more entries than these. */
  readonly isWhole: boolean
  /** It was waited since the last look, on one connection, and nothing came. */
  readonly quiet: boolean
}

export type Progress = {
  readonly position: FeedPosition
  /** What to read now. */
  readonly entries: readonly StreamEntry[]
  /** Something that was added since the last look may be gone, or never have been there. */
  readonly missed: boolean
}

/** Before the first id that a stream can give. */
export const nothingYet = '0-0'

/**
 * Where a look leads from a position, which is null before the first look: that one reads nothing.
 *
 * Streams lose their oldest entries first. So as long as the entry at our position is there, in the same history, all
 * later ones are; without it nobody can tell, unless no id was given since. In another history it proves nothing: a
 * primary that takes over may lack what the old one had already promised to keep. And where the last entry is not the
 * one whose id was given last, somebody took entries out of the end.
 */
export function advance(position: FeedPosition | null, look: StreamLook): Progress {
  const { history, lastId, entries, isWhole } = look
  if (position === null) return { position: { history, entryId: lastId }, entries: [], missed: true }

  const { entryId } = position
  const isThere = entries[0]?.[0] === entryId
  const later = isThere ? entries.slice(1) : entries
  const endsAt = entries.at(-1)?.[0] ?? lastId
  return {
    position: { history, entryId: isWhole ? lastId : endsAt },
    entries: later,
    missed:
      position.history !== history || !(isThere || wasIdle(entryId, look)) || (isWhole && endsAt !== lastId),
  }
}

/** No id was given since. Between two looks at no stream at all, one may have come and gone unless it was watched. */
function wasIdle(entryId: string, { lastId, quiet }: StreamLook): boolean {
  return lastId === entryId && (entryId !== nothingYet || quiet)
}
