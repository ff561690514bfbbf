import { keySetOf, makeKey } from '../../test/support/tokens.ts'
import type { Child } from '../load/child.ts'
import { startChild } from '../load/child.ts'
import type { Extent } from './extents.ts'
import { invalidToken, validToken } from './token-stream.ts'
import type { TokenOrder } from './tokens-process.ts'
import type { Usage } from './usage.ts'

/** Memory after garbage was collected, each time that a part of the tokens was through. */
export type TokenMemory = {
  readonly what: 'valid' | 'invalid'
  readonly tokens: number
  readonly perSecond: number
  readonly heapBytes: readonly number[]
  readonly rssBytes: readonly number[]
}

const batch = 500
const batchMs = 120_000

/** Sends distinct tokens through a verifier with its memory, which is in another process than what signs them. */
export async function measureTokens(
  { tokens }: Extent,
  closers: (() => unknown)[],
  progress: (line: string) => void,
): Promise<readonly TokenMemory[]> {
  const key = makeKey('k1')
  const { child } = await startChild({
    file: '../hostile/tokens-process.ts',
    args: [keySetOf(key)],
    cores: null,
  })
  closers.push(child.close)
  const valid = await through(child, 'valid', tokens.valid, tokens.looks, number => validToken(key, number))
  progress(`${tokens.valid} valid tokens, ${valid.perSecond.toFixed(0)} a second`)
  const invalid = await through(child, 'invalid', tokens.invalid, tokens.looks, number =>
    invalidToken(key, number),
  )
  progress(`${tokens.invalid} invalid tokens, ${invalid.perSecond.toFixed(0)} a second`)
  await child.close()
  return [valid, invalid]
}

async function through(
  child: Child,
  what: TokenMemory['what'],
  count: number,
  looks: number,
  tokenOf: (number: number) => string,
): Promise<TokenMemory> {
  const heapBytes: number[] = []
  const rssBytes: number[] = []
  const startMs = performance.now()
  const batchAt = (from: number) => Array.from({ length: batch }, (_, index) => tokenOf(from + index))
  let tokens = batchAt(0)
  for (let from = 0; from < count; from += batch) {
    const verified = ask(child, { do: 'verify', tokens, good: what === 'valid' })
    // The next ones are signed meanwhile.
    if (from + batch < count) tokens = batchAt(from + batch)
    await verified
    if ((from + batch) % (count / looks) !== 0) continue
    const usage = (await ask(child, { do: 'usage' })) as Usage
    heapBytes.push(usage.heapBytes)
    rssBytes.push(usage.rssBytes)
  }
  const perSecond = count / ((performance.now() - startMs) / 1000)
  return { what, tokens: count, perSecond, heapBytes, rssBytes }
}

function ask(child: Child, order: TokenOrder): Promise<unknown> {
  return child.ask(order, batchMs)
}
