import { skipWithout } from '../../support/web-server.ts'
import { prove, serverOf, upstreams } from './prove.ts'
import { hostileTargets } from './targets.ts'

/**
 * `node test/hostile/paths/main.ts [seed] [targets]`: sends targets that aim at protected paths to real servers behind real
 * sidecars, and prints what became of them.
 */
const tasks: (() => unknown)[] = []
const scope = { teardown: (task: () => unknown) => tasks.push(task) }
const targets = hostileTargets(Number(process.argv[2] ?? 22), Number(process.argv[3] ?? 2000))
const print = console.log

let bad = 0
for (const upstream of upstreams) {
  const server = serverOf(upstream)
  const skip = server === null ? false : skipWithout([server])
  if (skip !== false) {
    print(`${upstream}: ${skip}`)
    continue
  }
  const startedMs = performance.now()
  const proof = await prove(scope, upstream, targets)
  print(
    `${upstream.padEnd(13)} ${targets.length} targets: ${proof.hits.length} hits (${proof.hitsWithout} without a sidecar), ` +
      `${proof.forwarded} forwarded, ${proof.refused} refused, ${proof.failed.length} failed, ${proof.changed.length} changed` +
      `${proof.sound ? '' : ', NOT SOUND'}; ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
  )
  for (const target of [...proof.hits, ...proof.failed].slice(0, 20))
    print(`  ${JSON.stringify(target).slice(0, 200)}`)
  bad += proof.hits.length + proof.failed.length + proof.changed.length + (proof.sound ? 0 : 1)
  for (const task of tasks.splice(0).reverse()) await task()
}
process.exitCode = bad === 0 ? 0 : 1
