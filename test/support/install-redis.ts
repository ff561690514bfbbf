import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { findRedis } from '../../src/demo/redis.ts'

const servicePolicy = '/usr/sbin/policy-rc.d'
const installMsMax = 180_000

/**
 * Tests need a real Redis: where none is on PATH, root on Debian or Ubuntu installs one, without its service. Throws an
 * Error that says what to do when there is still none.
 */
export async function installRedis(
  path: string | undefined,
  progress: (line: string) => void,
): Promise<void> {
  if (findRedis(path) !== null) return
  if (userInfo().uid !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(missing)
  progress('installing redis-server with apt-get')
  const failure =
    apt('update') ?? withoutServices(() => apt('install', '--no-install-recommends', 'redis-server'))
  if (failure !== null) throw new Error(`${failure}\n${missing}`)
  if (findRedis(path) === null) throw new Error(missing)
}

const missing =
  'Tests need a real Redis: put redis-server or valkey-server on PATH (Debian, Ubuntu: apt-get install redis-server; ' +
  'macOS: brew install redis), or set REDIS_URL to one that runs.'

/** What failed, or null. */
function apt(...args: readonly string[]): string | null {
  const { status, stdout, stderr, error } = spawnSync('/usr/bin/apt-get', ['-y', '-q', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: installMsMax,
  })
  if (status === 0) return null
  return `apt-get ${args.join(' ')} failed (${error?.message ?? `code ${status}`}):\n${stdout}${stderr}`
}

/** Debian starts what it installs, unless its policy for services says no (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt). */
function withoutServices<Result>(work: () => Result): Result {
  if (existsSync(servicePolicy)) return work()
  writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n')
  chmodSync(servicePolicy, 0o755)
  try {
    return work()
  } finally {
    rmSync(servicePolicy, { force: true })
  }
}
