import { LRUCache } from 'lru-cache'

export type GroupedCacheOptions = {
  readonly max: number
  /** Of all sizes together; without it every value has size 1. */
  readonly sizeMax?: number
}

type Kept<Value> = { readonly value: Value; readonly group: string; readonly size: number }

/** Keeps what was used last, and knows which of it belongs together, so that one group can be dropped at once. */
export class GroupedCache<Value> {
  readonly #kept: LRUCache<string, Kept<Value>>
  readonly #groups = new Map<string, Set<string>>()

  /** @param onDropped called for each value that is no longer kept, whyever */
  constructor(options: GroupedCacheOptions, onDropped: (value: Value) => void = ignore) {
    this.#kept = new LRUCache<string, Kept<Value>>({
      max: options.max,
      ...(options.sizeMax === undefined
        ? {}
        : { maxSize: options.sizeMax, sizeCalculation: ({ size }) => size }),
      dispose: ({ value, group }, key, reason) => {
        if (reason !== 'set') this.#leave(group, key)
        onDropped(value)
      },
    })
  }

  /** How many values there are. */
  get size(): number {
    return this.#kept.size
  }

  /** Counts as use. */
  get(key: string): Value | undefined {
    return this.#kept.get(key)?.value
  }

  /** Does not count as use. */
  peek(key: string): Value | undefined {
    return this.#kept.peek(key)?.value
  }

  /** A value that is larger than all may be together is not kept. */
  set(key: string, group: string, value: Value, size = 1): void {
    const before = this.#kept.peek(key)
    if (before !== undefined) this.#leave(before.group, key)
    this.#kept.set(key, { value, group, size })
    if (this.#kept.has(key)) this.#join(group, key)
  }

  delete(key: string): void {
    this.#kept.delete(key)
  }

  /** Drops those values of a group that are to go; answers how many. */
  dropFrom(group: string, isToGo: (value: Value) => boolean): number {
    let dropped = 0
    for (const key of [...(this.#groups.get(group) ?? [])]) {
      const value = this.peek(key)
      if (value === undefined || !isToGo(value)) continue
      this.#kept.delete(key)
      dropped += 1
    }
    return dropped
  }

  hasGroup(group: string): boolean {
    return this.#groups.has(group)
  }

  /** The groups that have a value. */
  groups(): readonly string[] {
    return [...this.#groups.keys()]
  }

  #join(group: string, key: string): void {
    const keys = this.#groups.get(group)
    if (keys === undefined) this.#groups.set(group, new Set([key]))
    else keys.add(key)
  }

  #leave(group: string, key: string): void {
    const keys = this.#groups.get(group)
    if (keys === undefined) return
    keys.delete(key)
    if (keys.size === 0) this.#groups.delete(group)
  }
}

function ignore(): void {}
