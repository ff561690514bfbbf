import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { outdated } from './generate.ts'

/** What `npm run check` runs: one line for each step, then what the failed ones said. */
const root = fileURLToPath(new URL('../', import.meta.url))

type Result = { readonly passed: boolean; readonly output: string }

const steps: readonly (readonly [string, () => Result])[] = [
  ['types', () => tool('typescript/bin/tsc', [])],
  ['lint and format', () => tool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings'])],
  ['generated files', generatedFiles],
]

let failed = false
for (const [name, run] of steps) {
  const { passed, output } = run()
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name}`)
  if (!passed) console.log(output.trimEnd())
  failed ||= !passed
}
process.exitCode = failed ? 1 : 0

function tool(path: string, args: readonly string[]): Result {
  const file = fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { passed: status === 0, output: `${stdout}${stderr}` }
}

function generatedFiles(): Result {
  const files = outdated()
  const output = files.map(file => `${file} is out of date. Type: node test/generate.ts`).join('\n')
  return { passed: files.length === 0, output }
}
