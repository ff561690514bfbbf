import t from 'tap'
import { claimingFields, overridingFields } from '../../src/http1/believed-fields.ts'
import { bareName, foldName } from '../../src/http1/field-name.ts'

const all = [...overridingFields, ...claimingFields].flatMap(({ names }) => names)

t.test('every name is as a folded one is compared, and stands once', async t => {
  for (const name of all) {
    const plain = name.replace(/-\*$/, '')
    t.equal(bareName(foldName(plain)), plain, name)
  }
  t.equal(new Set(all).size, all.length)
})

t.test('no beginning is so short that it takes in what it does not mean', async t => {
  for (const name of all) {
    if (name.endsWith('*')) t.match(name, /^[a-z]\*?[a-z0-9-]{1,}-\*$/, name)
  }
})
