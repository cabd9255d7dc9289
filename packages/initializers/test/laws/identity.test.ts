import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { identity } from '../../src/index.ts';
import { golden } from '../support.ts';

interface Case {
  gain: number;
  shape: number[];
  values: number[];
}

it.each(golden<Case>('keras-identity'))(
  'identity({ gain: $gain })($shape) is that of Keras',
  async ({ gain, shape, values }) => {
    // Keras multiplies by the gain, which makes -0 of zeros.
    expect([...(await valuesOf(identity({ gain })(shape)))]).toEqual(values.map((value) => value + 0));
  },
);

it('identity()(shape) of another rank, and a gain that is no number, are refused', () => {
  expect(() => identity()([3])).toThrow(new RangeError('identity: shape must have rank 2, got [3]'));
  expect(() => identity({ gain: Number.NaN })).toThrow('identity: gain must be a finite float32, got NaN');
});

it('identity()(shape) may be empty', async () => {
  expect((await valuesOf(identity()([0, 3]))).length).toBe(0);
});
