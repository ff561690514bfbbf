import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { editorSchema } from '../src/config/json-schema.ts'
import { configurationReference } from './generate/configuration.ts'
import { errorReference } from './generate/errors.ts'
import { metricReference } from './generate/metrics.ts'

/** Writes every file that is generated from the sources; `npm run check` compares them. */
const root = new URL('../', import.meta.url)

export const generated: ReadonlyMap<string, () => string> = new Map([
  ['config/schema/proxy.schema.json', () => `${JSON.stringify(editorSchema('proxy'), null, 2)}\n`],
  ['config/schema/control.schema.json', () => `${JSON.stringify(editorSchema('control'), null, 2)}\n`],
  ['docs/configuration.md', configurationReference],
  ['docs/errors.md', errorReference],
  ['docs/metrics.md', metricReference],
])

/** The generated files that are not what their sources say. */
export function outdated(): string[] {
  return [...generated].filter(([file, content]) => content() !== current(file)).map(([file]) => file)
}

function current(file: string): string | null {
  try {
    return readFileSync(new URL(file, root), 'utf8')
  } catch {
    return null
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of outdated()) {
    writeFileSync(new URL(file, root), generated.get(file)!())
    console.log(`wrote ${file}`)
  }
}
