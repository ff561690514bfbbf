import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What `npm run test:hostile [-- heads headers paths tokens]` runs: sends the corpora and prints what became of them. */
const corpora: ReadonlyMap<string, string> = new Map([
  ['heads', 'heads/print.ts'],
  ['headers', 'headers/print.ts'],
  ['paths', 'paths/main.ts'],
  ['tokens', 'tokens/main.ts'],
])

const asked = process.argv.slice(2)
const unknown = asked.filter(name => !corpora.has(name))
if (unknown.length > 0) {
  console.error(
    `There is no corpus ${unknown.join(', ')}: name some of ${[...corpora.keys()].join(', ')}, or none for all.`,
  )
  process.exit(64)
}
for (const name of asked.length === 0 ? corpora.keys() : asked) {
  console.log(`\n${name}`)
  const file = fileURLToPath(new URL(corpora.get(name)!, import.meta.url))
  const [code] = await once(spawn(process.execPath, [file], { stdio: 'inherit' }), 'close')
  if (code !== 0) process.exitCode = 1
}
