import t from 'tap'
import { prove } from './prove.ts'

t.test('hostile requests, whole, reach the service as one honest request or not at all', t =>
  prove(t, 'whole'),
)
