import { expect, test } from 'bun:test';

import { headline } from './sky';

test('the planets are counted', () => {
  expect(headline()).toBe('Tonight you can see 5 planets');
});
