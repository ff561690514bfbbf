import t from 'tap'
import { prove } from './prove.ts'

t.test(
  'hostile requests, behind a good request, of another tenant, leave it its answer and reach the service as one request or not at all',
  t => prove(t, 'behind a good request'),
)
