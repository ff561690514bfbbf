import t from 'tap'
import { createBoundedLabel, methodLabel, statusClass } from '../../src/telemetry/bounded-label.ts'

t.test('a known name is kept and any other becomes other', async t => {
  const label = createBoundedLabel(['acme'])
  t.equal(label('acme'), 'acme')
  t.equal(label('ACME'), 'other')
  t.equal(label('hasOwnProperty'), 'other')
  t.equal(methodLabel('GET'), 'GET')
  t.equal(methodLabel('BREW'), 'other')
})

t.test('a status becomes its class, and none where nothing was answered', async t => {
  t.same([0, 101, 200, 304, 404, 599, 600, 99].map(statusClass), [
    'none',
    '1xx',
    '2xx',
    '3xx',
    '4xx',
    '5xx',
    'none',
    'none',
  ])
})
