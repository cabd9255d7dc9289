import { leakOf, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { fromConfig, LAWS } from '../src/laws.ts';
import { make, OF_RANK, TABLE } from './support.ts';

it('LAWS are the laws of this package, sorted', () => {
  expect(LAWS).toEqual([...TABLE, ...OF_RANK].map(([law]) => law).sort());
});

const shaped = TABLE.map(([law, config]) => [law, config, [4, 3]] as const);

it.each([...shaped, ...OF_RANK])('fromConfig(law, config) makes %s again', async (law, config, shape) => {
  const original = make(law, config);
  const again = fromConfig(original.law, original.config);
  expect(again.law).toBe(law);
  expect(again.config).toEqual(original.config);
  expect(await valuesOf(again(shape, { seed: 8 }))).toEqual(await valuesOf(original(shape, { seed: 8 })));
});

it.each(OF_RANK)(
  '%s gives a float32 tensor, the same for the same seed, and leaves nothing',
  async (law, config, shape) => {
    const initializer = make(law, config);
    const tensor = initializer(shape, { seed: 3, path: 'a' });
    expect([tensor.shape, tensor.dtype]).toEqual([shape, 'float32']);
    const values = await valuesOf(tensor);
    expect(await valuesOf(make(law, config)(shape, { seed: 3, path: 'a' }))).toEqual(values);
    expect(Array.from(values, (x) => Number(x.toPrecision(8)))).toMatchSnapshot();
    expect(await leakOf(() => initializer(shape).dispose())).toEqual({ tensors: 0, variables: 0 });
    expect(() => make(law, { ...config, scale: 1 })).toThrow(`${law}: options must be among`);
  },
);
