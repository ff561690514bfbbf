import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import t from 'tap'
import { freePort, onFreePort, preferredPort } from '../../src/demo/free-port.ts'
import { findRedis, startRedis } from '../../src/demo/redis.ts'

const noProgress = () => {}

t.test('a Redis from PATH answers on loopback, keeps nothing, and is gone after close', async t => {
  const { url, close } = await startRedis({
    redisUrl: undefined,
    path: process.env.PATH,
    progress: noProgress,
  })
  const redis = new Redis(url!, { protocol: 2, retryStrategy: () => null })
  redis.on('error', noProgress)
  t.equal(await redis.ping(), 'PONG')
  t.same(await redis.config('GET', 'bind'), ['bind', '127.0.0.1'])
  t.same(await redis.config('GET', 'save'), ['save', ''])
  redis.disconnect()
  await close()
  await t.rejects(startRedis({ redisUrl: url!, path: '', progress: noProgress }), /ECONNREFUSED/)
})

t.test('a Redis that is given is used and left alone', async t => {
  const told: string[] = []
  const given = process.env.REDIS_URL!
  const { url, close } = await startRedis({
    redisUrl: given,
    path: '',
    progress: line => told.push(line),
  })
  t.equal(url, given)
  t.match(told, [/\(REDIS_URL\)$/])
  await close()
  await (await startRedis({ redisUrl: given, path: '', progress: noProgress })).close()
})

t.test('a Redis that cannot be reached is named with what to do, without its password', async t => {
  const port = await freePort()
  const redisUrl = `redis://someone:hidden-word@127.0.0.1:${port}/0`
  const error: Error = await startRedis({ redisUrl, path: '', progress: noProgress }).then(
    () => new Error('it started'),
    reason => reason,
  )
  t.match(error.message, `Redis at 127.0.0.1:${port} (REDIS_URL) cannot be used: `)
  t.match(error.message, 'unset it')
  t.notMatch(error.message, 'hidden-word')
  await t.rejects(startRedis({ redisUrl: 'nonsense', path: '', progress: noProgress }), /REDIS_URL is no URL/)
})

t.test('without any Redis, one line says that the stand-in serves a single process', async t => {
  const told: string[] = []
  const { url, close } = await startRedis({
    redisUrl: undefined,
    path: '/nowhere',
    progress: line => told.push(line),
  })
  t.equal(url, null)
  t.match(told, [/stand-in serves this one process/])
  await close()
})

t.test('finds valkey-server as well, and only what may be run', async t => {
  const directory = t.testdir({})
  const file = join(directory, 'valkey-server')
  await writeFile(file, '#!/bin/sh\necho "no such option"\nexit 3\n')
  await chmod(file, 0o644)
  t.equal(findRedis(`/nowhere::${directory}`), null)
  await chmod(file, 0o755)
  t.equal(findRedis(`/nowhere::${directory}`), file)
  await t.rejects(
    startRedis({ redisUrl: undefined, path: directory, progress: noProgress }),
    /valkey-server did not start: it ended with code 3\nno such option/,
  )
})

t.test('a port lost to another process is replaced, any other failure is not tried again', async t => {
  const tried: number[] = []
  const started = await onFreePort(async port => {
    tried.push(port)
    if (tried.length === 1) throw new Error('bind: Address already in use')
    return port
  })
  t.equal(tried.length, 2)
  t.equal(started, tried[1])
  let calls = 0
  const failing = onFreePort(async () => {
    calls++
    throw new Error('no such file')
  })
  await t.rejects(failing, /no such file/)
  t.equal(calls, 1)
})

t.test('a preferred port is taken only while it is free', async t => {
  const port = await freePort()
  t.equal(await preferredPort(port), port)
  const server = createServer()
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  t.equal(await preferredPort(port), 0)
})
