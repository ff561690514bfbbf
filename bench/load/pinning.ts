import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Which cores the sidecar has for itself, and which everything else shares; as taskset names them. */
export type Pinning = { readonly sidecar: string; readonly others: string }

/**
 * Moves this process, and so every child it starts from now on, away from one core, which is kept for the sidecar.
 * Null where that cannot be had: no taskset, or one core only.
 */
export function pin(): Pinning | null {
  const cores = allowedCores()
  if (cores.length < 2) return null
  const pinning = { sidecar: String(cores[0]), others: cores.slice(1).join(',') }
  const moved = spawnSync('taskset', ['-a', '-c', '-p', pinning.others, String(process.pid)], {
    stdio: 'ignore',
  })
  return moved.status === 0 ? pinning : null
}

/** From `0-2,4` to [0, 1, 2, 4]; empty where the system does not say (proc(5), Cpus_allowed_list). */
function allowedCores(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
    return list.split(',').flatMap(range => {
      const [first, last] = range.split('-').map(Number)
      return Array.from({ length: (last ?? first!) - first! + 1 }, (_, index) => first! + index)
    })
  } catch {
    return []
  }
}
