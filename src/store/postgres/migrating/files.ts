import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One step of the schema. docs/migrations.md says how to write one. */
export type MigrationFile = {
  /** Of the file, without `.sql`; what postern.migrations remembers. */
  readonly name: string
  readonly text: string
  /** The index that the file builds beside running writes, outside a transaction; null for all other files. */
  readonly concurrentIndex: string | null
}

/** The migrations that this version of Postern brings. */
export const ownMigrations = fileURLToPath(new URL('../migrations', import.meta.url))

const named = /^\d{4}_[a-z0-9_]+(\.concurrently)?\.sql$/

/** Every migration of a directory, in the order of their numbers; throws for a file that is none. */
export async function readMigrations(directory: string): Promise<readonly MigrationFile[]> {
  return await Promise.all((await filesOf(directory)).map(file => readMigration(directory, file)))
}

/** What `readMigrations` would name. */
export async function migrationNames(directory: string): Promise<readonly string[]> {
  return (await filesOf(directory)).map(nameOf)
}

/** Hidden files are not looked at: editors leave some. */
async function filesOf(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter(file => !file.startsWith('.')).sort()
}

async function readMigration(directory: string, file: string): Promise<MigrationFile> {
  const name = nameOf(file)
  const text = await readFile(join(directory, file), 'utf8')
  return { name, text, concurrentIndex: name.endsWith('.concurrently') ? indexOf(text, name) : null }
}

function nameOf(file: string): string {
  if (named.test(file)) return file.replace(/\.sql$/, '')
  throw new Error(
    `${file} is no migration: expected four digits, a name in lower case, and .sql, as in 0001_tenants.sql`,
  )
}

/** `IF NOT EXISTS`, because a migrator may be killed after the index is built and before that is written down. */
const oneIndex =
  /^(?:\s*--[^\n]*\n)*\s*CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS (?<index>[a-z0-9_]+)\s+ON [^;]*;?\s*$/

function indexOf(text: string, name: string): string {
  const index = oneIndex.exec(text)?.groups?.index
  if (index !== undefined) return index
  throw new Error(`${name}.sql must hold one statement: CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON …`)
}
