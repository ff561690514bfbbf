import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'

const servicePolicy = '/usr/sbin/policy-rc.d'
const installMsMax = 180_000

/**
 * Installs a package of Debian or Ubuntu, without its service, where we are root and may.
 *
 * @returns what failed, or null
 */
export function installPackage(name: string, progress: (line: string) => void): string | null {
  if (userInfo().uid !== 0 || !existsSync('/usr/bin/apt-get'))
    return `only root on Debian or Ubuntu installs ${name}`
  progress(`installing ${name} with apt-get`)
  return apt('update') ?? withoutServices(() => apt('install', '--no-install-recommends', name))
}

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
