import type { IncomingMessage, ServerResponse } from 'node:http'
import { createKeySetFetch } from '../../../src/token/key-set-fetch.ts'
import { KeySource } from '../../../src/token/key-source.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { createRandom, integerBelow } from '../../support/random.ts'
import { worldOptions, worldStartMs } from '../../support/token-world.ts'
import { keySetOf, makeIssuer, makeKey, startKeySetServer } from '../../support/tokens.ts'
import { until } from '../../support/until.ts'

export type FloodFigures = {
  readonly provider: string
  readonly keyIds: number
  readonly coolDowns: number
  readonly fetches: number
  /** What is left in memory of the flood, of which each key id has 200 characters. */
  readonly bytesKept: number
  /** The key that was published all along was found at once, all the time. */
  readonly isKnownKeyFound: boolean
}

type Answer = string | ((request: IncomingMessage, response: ServerResponse) => void)

const key = makeKey('known')
const body = keySetOf(key)
const coolDowns = 4

/** How a provider answers once it was asked for its first, good set. */
export const floodedProviders: { readonly [kind: string]: Answer } = {
  'a good set': body,
  'an empty set': '{"keys":[]}',
  'a set without a usable key': '{"keys":[{"kty":"oct","k":"AAAA","kid":"known"}]}',
  'status 500': (_, response) => response.writeHead(500).end(body),
  'no answer': () => {},
  'half a head': (_, response) => response.socket?.write('HTTP/1.1 200 OK\r\nContent-'),
  'half a set': (_, response) => response.end(body.slice(0, body.length / 2)),
  'a set that breaks off': (_, response) => {
    response.writeHead(200, { 'content-length': body.length })
    response.write(body.slice(0, body.length / 2), () => response.destroy())
  },
  'a redirect to the set': (_, response) => response.writeHead(302, { location: '/keys' }).end(),
  'a web page': '<!doctype html><title>Sign in</title>',
  'a hang-up': (_, response) => response.destroy(),
}

const silent = ['no answer', 'half a head']

/**
 * Asks for key ids that nobody has, over several cool-downs, on a clock that stands still between them.
 *
 * @param heapBytes what is in memory and cannot be collected, where anybody wants to know
 */
export async function floodWithKeyIds(
  provider: string,
  keyIds: number,
  heapBytes: () => number = () => 0,
): Promise<FloodFigures> {
  const clock = createManualClock(worldStartMs)
  const server = await startKeySetServer(body)
  const issuer = makeIssuer({ jwksUri: `${server.origin}/keys` })
  const keySet = createKeySetFetch(issuer, worldOptions)
  let fetches = 0
  const keys = new KeySource(issuer, worldOptions, {
    clock,
    keySet: {
      ...keySet,
      fetch(signal) {
        fetches += 1
        return keySet.fetch(signal)
      },
    },
    random: () => 0,
    events: { onFetched() {}, onFetchFailed() {} },
  })
  try {
    await keys.start()
    server.respond(floodedProviders[provider]!)
    const random = createRandom(keyIds)
    const known = keys.find(key.keyId)
    let isKnownKeyFound = true
    const settle = async (waiting: Promise<unknown>[]) => {
      if (waiting.length === 0) return
      await until('the provider is asked', () => server.asked.length === fetches)
      if (silent.includes(provider)) clock.advance(worldOptions.timeoutMs)
      await Promise.all(waiting.splice(0))
    }
    const round = async () => {
      clock.advance(worldOptions.cooldownMs)
      const waiting: Promise<unknown>[] = []
      for (let index = 0; index < keyIds / coolDowns; index += 1) {
        const answer = ask(keys, keyIdOf(random))
        if (answer instanceof Promise) waiting.push(answer)
        else if (waiting.length > 0) await settle(waiting)
      }
      await settle(waiting)
      isKnownKeyFound &&= keys.find(key.keyId) === known
    }
    await round()
    const before = heapBytes()
    for (let index = 1; index < coolDowns; index += 1) await round()
    const bytesKept = heapBytes() - before
    return { provider, keyIds, coolDowns, fetches: fetches - 1, bytesKept, isKnownKeyFound }
  } finally {
    await keys.close()
    await server.close()
  }
}

/** A flood does not care for its answers. */
function ask(keys: KeySource, keyId: string): unknown {
  try {
    const answer = keys.find(keyId)
    return answer instanceof Promise ? answer.catch(() => {}) : answer
  } catch {
    return null
  }
}

function keyIdOf(random: () => number): string {
  return integerBelow(random, 2 ** 32)
    .toString(36)
    .padEnd(200, 'k')
}
