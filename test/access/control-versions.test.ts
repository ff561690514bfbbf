import t from 'tap'
import { createControlVersions } from '../../src/access/control-versions.ts'
import { acme, globex } from '../support/access.ts'
import { controlThatAnswers } from '../support/control-caller.ts'

function build(answer: unknown) {
  const { caller, asked } = controlThatAnswers(() => answer)
  return { asked, versions: createControlVersions({ caller, deadlineMs: 1000 }) }
}

t.test('the version of each tenant that exists', async t => {
  const { versions, asked } = build({ versions: { [acme.id]: 7 } })
  t.same(await versions.readVersions([acme.id, globex.id]), new Map([[acme.id, 7]]))
  t.same(asked, [['POST', '/internal/v1/access-versions', { tenants: [acme.id, globex.id] }, 1000]])
})

t.test('a tenant that nobody asked for is not listened to', async t => {
  const { versions } = build({ versions: { [acme.id]: 7, [globex.id]: 8, constructor: 9 } })
  t.same(await versions.readVersions([globex.id]), new Map([[globex.id, 8]]))
})

t.test('what is no list of versions is no answer', async t => {
  for (const answer of [
    null,
    [],
    {},
    { versions: null },
    { versions: [7] },
    { versions: { [acme.id]: '7' } },
    { versions: { [acme.id]: null } },
    { versions: { [acme.id]: -1 } },
    { versions: { [acme.id]: 1.5 } },
  ]) {
    const { versions } = build(answer)
    await t.rejects(
      versions.readVersions([acme.id]),
      { code: 'DIRECTORY_UNAVAILABLE' },
      JSON.stringify(answer),
    )
  }
})
