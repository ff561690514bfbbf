import t from 'tap'
import { prove } from './prove.ts'

t.test('hostile requests, byte by byte, reach the service as one honest request or not at all', t =>
  prove(t, 'byte by byte'),
)
