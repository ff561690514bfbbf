import t from 'tap'
import {
  migrationNames,
  ownMigrations,
  readMigrations,
} from '../../../../src/store/postgres/migrating/files.ts'

t.test('files are read in the order of their numbers, and hidden ones are not looked at', async t => {
  const directory = t.testdir({ '0002_b.sql': 'b', '0001_a.sql': 'a', '.0003_c.sql.swp': 'c' })
  t.same(await readMigrations(directory), [
    { name: '0001_a', text: 'a', concurrentIndex: null },
    { name: '0002_b', text: 'b', concurrentIndex: null },
  ])
  t.same(await migrationNames(directory), ['0001_a', '0002_b'])
})

t.test('a file whose name is none of a migration is refused by that name', async t => {
  for (const file of [
    '1_a.sql',
    '0001_A.sql',
    '0001_a.js',
    'README.md',
    '0001_a.sql.orig',
    '0001_a.down.sql',
  ]) {
    const directory = t.testdir({ [file]: '' })
    await t.rejects(readMigrations(directory), new RegExp(`${file} is no migration`))
    await t.rejects(migrationNames(directory), new RegExp(`${file} is no migration`))
  }
})

t.test('a file that builds an index beside writes names it, and holds nothing else', async t => {
  const statement = 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS by_name\n  ON postern.things (name)'
  const read = (text: string) => readMigrations(t.testdir({ '0001_by_name.concurrently.sql': text }))
  for (const text of [statement, `${statement};\n`, `-- Why; and how.\n\n-- More.\n${statement};`]) {
    t.match(await read(text), [{ name: '0001_by_name.concurrently', concurrentIndex: 'by_name' }])
  }
  for (const text of [
    '',
    `${statement}; SELECT 1`,
    statement.replace('IF NOT EXISTS ', ''),
    statement.replace('CONCURRENTLY ', ''),
    `SELECT 1; ${statement}`,
  ]) {
    await t.rejects(read(text), /0001_by_name\.concurrently\.sql must hold one statement/, text)
  }
})

t.test('no two migrations of this version have the same number', async t => {
  const numbers = (await migrationNames(ownMigrations)).map(name => name.slice(0, 4))
  t.same(
    numbers,
    numbers.map((_, index) => String(index + 1).padStart(4, '0')),
  )
})
