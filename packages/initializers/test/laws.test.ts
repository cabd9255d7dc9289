import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { fromConfig, LAWS } from '../src/laws.ts';
import { make, TABLE } from './support.ts';

it('LAWS are the laws of this package, sorted', () => {
  expect(LAWS).toEqual(TABLE.map(([law]) => law).sort());
});

it.each(TABLE)('fromConfig(law, config) makes %s again', async (law, config) => {
  const original = make(law, config);
  const again = fromConfig(original.law, original.config);
  expect(again.law).toBe(law);
  expect(again.config).toEqual(original.config);
  expect(await valuesOf(again([4, 3], { seed: 8 }))).toEqual(await valuesOf(original([4, 3], { seed: 8 })));
});
