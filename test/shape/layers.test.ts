import t from 'tap'
import type { Import, SourceFile } from '../support/source-files.ts'
import { importsOf, placeOf, sourceFiles } from '../support/source-files.ts'

const domain = new Set([
  'http1',
  'route',
  'token',
  'tenant',
  'access',
  'limit',
  'usage',
  'signing',
  'upstream',
])
const folders = new Set([...domain, 'lib', 'telemetry', 'store', 'config', 'proxy', 'control', 'demo', 'cli'])

/** What each folder may import freely, beside itself; cases with a condition are in `allowed`. */
const below: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  telemetry: ['lib'],
  domain: ['telemetry', 'lib'],
  store: ['lib'],
  config: ['lib'],
  proxy: ['domain', 'telemetry', 'lib'],
  control: ['domain', 'telemetry', 'lib'],
  demo: ['proxy', 'control', 'config', 'store', 'domain', 'telemetry', 'lib'],
  cli: ['demo', 'proxy', 'control', 'config', 'domain', 'telemetry', 'lib'],
}

/** How a domain folder judges what an operator wrote for it. */
const readsConfiguration = [
  ['src/route/template.ts', 'readTemplate'],
  ['src/http1/reserved.ts', 'isClaimingField'],
] as const

/** Of the command line only these speak to a store by themselves, as the owner of the database. */
const ownerCommands = new Set(
  ['migrate', 'operator', 'revoke', 'unfit-schema'].map(name => `src/cli/${name}.ts`),
)

/** wire.ts and the parts it is made of: wire-keys.ts, … */
const wiring = /\/wire(-[a-z-]+)?\.ts$/

function folderOf(path: string): string {
  return path.split('/')[1] ?? ''
}

function layerOf(path: string): string {
  const folder = folderOf(path)
  return domain.has(folder) ? 'domain' : folder
}

function allowed(from: string, { target, names, onlyTypes }: Import): boolean {
  const [layer, targetLayer] = [layerOf(from), layerOf(target)]
  if (folderOf(from) === folderOf(target)) return true
  if (layer === 'domain' && targetLayer === 'domain') return onlyTypes
  if (layer === 'store' && (targetLayer === 'domain' || targetLayer === 'telemetry')) return onlyTypes
  if (layer === 'config' && targetLayer === 'domain') {
    return onlyTypes || readsConfiguration.some(([file, name]) => target === file && names.join() === name)
  }
  if (from === 'src/config/control-settings.ts' && target === 'src/control/settings.ts') return onlyTypes
  if (wiring.test(from) && (targetLayer === 'config' || targetLayer === 'store')) return true
  if (layer === 'cli' && targetLayer === 'store') return onlyTypes || ownerCommands.has(from)
  return below[layer]?.includes(targetLayer) ?? false
}

function forbiddenImports(files: readonly SourceFile[]): string[] {
  return files.flatMap(file =>
    importsOf(file)
      .filter(found => found.target.startsWith('src/') && !allowed(file.path, found))
      .map(found => `${found.place} imports ${found.onlyTypes ? 'a type of ' : ''}${found.target}`),
  )
}

function forbiddenExports(files: readonly SourceFile[]): string[] {
  return files.flatMap(file =>
    [...file.text.matchAll(/^export\s+(?:default\b|(?:type\s+)?(?:\*|\{[^}]*\})[^\n]*\bfrom\b)/gm)].map(
      match => `${placeOf(file, match.index)} ${match[0].split('\n')[0]}`,
    ),
  )
}

t.test('imports point down through the layers', async t => {
  const files = sourceFiles('src')
  t.ok(files.length > 100, 'the sources are found')
  t.same(forbiddenImports(files), [])
})

t.test('every folder has its place in the layers', async t => {
  const unknown = sourceFiles('src').filter(file => !folders.has(folderOf(file.path)))
  t.same(
    unknown.map(file => file.path),
    [],
  )
})

t.test('nothing is exported twice, nor without a name', async t => {
  t.same(forbiddenExports(sourceFiles('src')), [])
})

t.test('an import that points up or aside is found, with its line', async t => {
  const cases: readonly (readonly [path: string, line: string, found: boolean])[] = [
    ['src/lib/a.ts', `import { x } from '../token/b.ts'`, true],
    ['src/telemetry/a.ts', `import type { X } from '../token/b.ts'`, true],
    ['src/token/a.ts', `import { x } from '../access/b.ts'`, true],
    ['src/token/a.ts', `import type { X } from '../access/b.ts'`, false],
    ['src/token/a.ts', `import type { X } from '../proxy/b.ts'`, true],
    ['src/token/a.ts', `import type { X } from '../store/redis/b.ts'`, true],
    ['src/store/redis/a.ts', `import { x } from '../../limit/b.ts'`, true],
    ['src/store/redis/a.ts', `import type { X } from '../../limit/b.ts'`, false],
    ['src/proxy/a.ts', `import type { X } from '../control/b.ts'`, true],
    ['src/control/a.ts', `import type { X } from '../proxy/b.ts'`, true],
    ['src/proxy/stages/a.ts', `import { x } from '../../store/redis/b.ts'`, true],
    ['src/proxy/a.ts', `import type { X } from '../config/b.ts'`, true],
    ['src/proxy/wire.ts', `import { x } from '../store/redis/b.ts'`, false],
    ['src/proxy/wire.ts', `import { x } from '../control/b.ts'`, true],
    ['src/proxy/wire.ts', `import { x } from '../config/b.ts'`, false],
    ['src/config/a.ts', `import { x } from '../route/template.ts'`, true],
    ['src/config/a.ts', `import { readTemplate } from '../route/template.ts'`, false],
    ['src/cli/check.ts', `import { x } from '../store/redis/b.ts'`, true],
    ['src/cli/migrate.ts', `await import('../store/postgres/migrate.ts')`, false],
    ['src/cli/operator.ts', `await import('../store/postgres/operators.ts')`, false],
    ['src/cli/check.ts', `await import('../store/postgres/migrate.ts')`, true],
    ['src/cli/check.ts', `import type { X } from '../store/postgres/b.ts'`, false],
    ['src/lib/a.ts', `import {\n  x,\n  y,\n} from '../token/b.ts'`, true],
    ['src/lib/a.ts', `type X = import('../token/b.ts').X`, true],
    ['src/lib/a.ts', `import '../token/b.ts'`, true],
    ['src/lib/a.ts', `import { type X } from '../../../src/token/b.ts'`, true],
  ]
  for (const [path, line, found] of cases) {
    const violations = forbiddenImports([{ path, text: `// a comment\n${line}\n` }])
    t.equal(violations.length, found ? 1 : 0, `${path}: ${line}`)
    if (found) t.match(violations[0], `${path}:2 imports`)
  }
})

t.test('a default export and an export of what is another’s are found', async t => {
  const found = (text: string) => forbiddenExports([{ path: 'src/lib/a.ts', text }])
  for (const text of [
    'export default 1',
    `export * from './b.ts'`,
    `export { x } from './b.ts'`,
    `export type { X } from './b.ts'`,
    `export {\n  x,\n} from './b.ts'`,
  ]) {
    t.match(found(text), [/^src\/lib\/a\.ts:1 /], text)
  }
  t.same(found('const x = 1\nexport { x }\nexport const from = 2\n'), [])
})
