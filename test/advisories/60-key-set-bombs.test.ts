/**
 * Threat 60: a key set that never ends: too large, too slow, or small until it is unpacked.
 * Advisories: CVE-2026-26998, CVE-2026-48044
 * Defence: nothing past the bound is read and nothing is decompressed (maxResponseSize and content-encoding
 * in src/token/key-set-fetch.ts); one fetch ends at its deadline, whatever still drips (fetchInTime in
 * src/token/key-source.ts); a set of too many keys is none (src/token/key-set.ts).
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { TokenWorld } from '../support/token-world.ts'
import { startTokenWorld, tokenOf, worldKeys, worldOptions } from '../support/token-world.ts'
import { jwkOf, keySetOf, makeKey } from '../support/tokens.ts'

const gigabyte = 1_073_741_824
const body = keySetOf(makeKey('e1'))

/** What a bomb may make travel: the bound, and what the sockets of both sides hold. */
const bytesSentMax = 32_000_000

function tokenNow(world: TokenWorld): string {
  const iat = world.clock.nowMs() / 1000
  return tokenOf(world, worldKeys.ec, { iat, exp: iat + 60 })
}

const endless: { readonly [name: string]: (response: ServerResponse) => void } = {
  'a gigabyte that is announced': response => {
    response.writeHead(200, { 'content-length': gigabyte })
    flood(response)
  },
  'a gigabyte in chunks': flood,
  'a gigabyte after a whole set': response => {
    response.write(body)
    flood(response)
  },
  'a head that never ends': response => {
    const { socket } = response
    socket?.write('HTTP/1.1 200 OK\r\n')
    const more = () => {
      while (!socket?.destroyed && socket?.write(`X-${'x'.repeat(1000)}: y\r\n`)) {}
      if (!socket?.destroyed) socket?.once('drain', more)
    }
    more()
  },
}

/** Writes for as long as somebody reads. */
function flood(response: ServerResponse): void {
  while (!response.destroyed && response.write(' '.repeat(65_536))) {}
  if (!response.destroyed) response.once('drain', () => flood(response))
}

for (const [name, bomb] of Object.entries(endless)) {
  t.test(`${name} is cut off, and the set that is held stays`, async t => {
    const world = await startTokenWorld(t)
    const sent = new Promise<number>(resolve => {
      world.one.server.respond((_, response) => {
        const socket = response.socket!
        socket.once('close', () => resolve(socket.bytesWritten))
        bomb(response)
      })
    })
    t.ok((await world.one.refresh()) instanceof Error)
    t.ok((await sent) < bytesSentMax)
    t.equal(await world.verify(tokenNow(world)), 'good')
  })
}

const slow: { readonly [name: string]: (response: ServerResponse) => void } = {
  'a byte now and then': response => drip(response, () => response.write(' ')),
  'a line of the head now and then': response => {
    response.socket?.write('HTTP/1.1 200 OK\r\n')
    drip(response, () => response.socket?.write('X-More: y\r\n'))
  },
  'interim answers for ever': response => drip(response, () => response.writeProcessing()),
  'nothing at all': () => {},
}

/** Goes on until the other side hangs up. */
function drip(response: ServerResponse, drop: () => unknown): void {
  const timer = setInterval(drop, 1)
  response.socket?.once('close', () => clearInterval(timer))
}

for (const [name, answer] of Object.entries(slow)) {
  t.test(`${name} is given up at the deadline, and its connection is let go`, async t => {
    const world = await startTokenWorld(t)
    const asked = new Promise<ServerResponse>(resolve => {
      world.one.server.respond((_, response) => {
        answer(response)
        resolve(response)
      })
    })
    const ended = world.one.refresh()
    const { socket } = await asked
    const closed = socket!.destroyed ? null : once(socket!, 'close')
    t.equal(await world.verify(tokenNow(world)), 'good', 'nobody waits for it whose key is known')
    world.clock.advance(worldOptions.timeoutMs)
    t.ok((await ended) instanceof Error)
    await closed
    world.one.server.respond(keySetOf(...Object.values(worldKeys)))
    t.equal(await world.one.refresh(), null, 'the next one is asked for anew')
  })
}

const zeros = gzipSync(Buffer.alloc(16_000_000, ' '))
const wrong: { readonly [name: string]: (response: ServerResponse) => void } = {
  'a set that is compressed': response =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body)),
  'a bomb that is compressed': response => response.writeHead(200, { 'content-encoding': 'gzip' }).end(zeros),
  'a bomb that is compressed twice': response =>
    response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(zeros)),
  'a set that is compressed and does not say so': response => response.end(gzipSync(body)),
  'a compression nobody knows': response => response.writeHead(200, { 'content-encoding': 'x' }).end(body),
  'a web page': response => response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'),
  'half a set': response => response.end(body.slice(0, -3)),
  'a set that breaks off': response => {
    response.writeHead(200, { 'content-length': body.length })
    response.write(body.slice(0, 20), () => response.destroy())
  },
  'a set that is not UTF-8': response => response.end(Buffer.from(body.replace('e1', '\xff'), 'latin1')),
  'no body': response => response.end(),
  'status 204': response => response.writeHead(204).end(),
  'status 206': response => response.writeHead(206).end(body),
  'status 404 with a set': response => response.writeHead(404).end(body),
  'a set of 101 keys': response =>
    response.end(
      JSON.stringify({
        keys: Array.from({ length: 101 }, (_, id) => jwkOf(worldKeys.ec, { kid: `k${id}` })),
      }),
    ),
  'a set of 100000 keys that are none': response =>
    response.end(JSON.stringify({ keys: [...Array(100_000).fill(0), jwkOf(worldKeys.ec)] })),
}

t.test('what is no key set as it stands is none, and the set that is held stays', async t => {
  const world = await startTokenWorld(t)
  for (const [name, answer] of Object.entries(wrong)) {
    world.one.server.respond((_, response) => answer(response))
    t.ok((await world.one.refresh()) instanceof Error, name)
    t.equal(world.one.keys.state().keyCount, Object.keys(worldKeys).length, name)
  }
  t.equal(await world.verify(tokenNow(world)), 'good')
})
