import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { make, TABLE } from './support.ts';

// The same seed gives the same values in every release and on every backend: a change here is a breaking change.
it.each(TABLE)('%s gives the values that it always gave', async (law, config) => {
  const values = await valuesOf(make(law, config)([2, 3], { seed: 2024, path: 'dense/kernel' }));
  expect(Array.from(values, (x) => Number(x.toPrecision(8)))).toMatchSnapshot();
});
