import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { editorSchema } from '../src/config/json-schema.ts'
import { startPostgres } from '../src/demo/postgres.ts'
import { configurationReference } from './generate/configuration.ts'
import { errorReference } from './generate/errors.ts'
import { fieldReference } from './generate/fields.ts'
import { metricReference } from './generate/metrics.ts'
import { schemaReference } from './generate/schema.ts'
import { settingsSchema } from './generate/settings.ts'
import { threatReference } from './generate/threats.ts'
import { createTestDatabase, withClient } from './support/database.ts'

/**
 * Writes every file that is generated. `npm run check` compares those that come from the sources alone; docs/schema.sql
 * comes from a migrated database, and a test compares it.
 */
const root = new URL('../', import.meta.url)
const schemaFile = 'docs/schema.sql'

export const generated: ReadonlyMap<string, () => string> = new Map([
  ['config/schema/proxy.schema.json', () => `${JSON.stringify(editorSchema('proxy'), null, 2)}\n`],
  ['config/schema/control.schema.json', () => `${JSON.stringify(editorSchema('control'), null, 2)}\n`],
  ['config/schema/tenant-settings.json', () => settingsSchema('tenant')],
  ['config/schema/workspace-settings.json', () => settingsSchema('workspace')],
  ['docs/configuration.md', configurationReference],
  ['docs/errors.md', errorReference],
  ['docs/fields.md', fieldReference],
  ['docs/metrics.md', metricReference],
  ['docs/threats.md', threatReference],
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
  for (const file of outdated()) write(file, generated.get(file)!())
  const schema = await migratedSchema()
  if (schema !== current(schemaFile)) write(schemaFile, schema)
}

function write(file: string, content: string): void {
  writeFileSync(new URL(file, root), content)
  console.log(`wrote ${file}`)
}

async function migratedSchema(): Promise<string> {
  const closers: (() => Promise<void>)[] = []
  try {
    const { DATABASE_URL } = process.env
    const postgres = await startPostgres({ databaseUrl: DATABASE_URL, progress: console.log })
    closers.push(postgres.close)
    process.env.DATABASE_URL = postgres.url
    const { ownerUrl } = await createTestDatabase({ teardown: task => closers.push(task) })
    return await withClient(ownerUrl, schemaReference)
  } finally {
    for (const close of closers.toReversed()) await close()
  }
}
