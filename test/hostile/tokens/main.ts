import { collectGarbage } from '../../../bench/directory/garbage.ts'
import { floodedProviders, floodWithKeyIds } from './kid-floods.ts'

/** What `node test/hostile/tokens/main.ts` runs: prints what key ids that nobody has cost each kind of provider. */
const keyIds = 100_000

console.log(`${keyIds} key ids at random, over 4 cool-downs`)
for (const provider of Object.keys(floodedProviders)) {
  const { fetches, coolDowns, bytesKept } = await floodWithKeyIds(provider, keyIds, heapBytes)
  const perCoolDown = (fetches / coolDowns).toFixed(2)
  console.log(
    `${provider.padEnd(28)} ${fetches} fetches, ${perCoolDown} per cool-down, ${kilobytes(bytesKept)} kept`,
  )
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`
}

function heapBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}
