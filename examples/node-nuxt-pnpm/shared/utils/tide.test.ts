import assert from 'node:assert/strict'
import { test } from 'node:test'

import { tideReport } from './tide.ts'

test('the tide is told in metres', () => {
  assert.equal(tideReport(2), 'The water stands at 2 metres')
})
