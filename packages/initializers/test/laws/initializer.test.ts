import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heNormal, type Initializer, normal, ones, uniform, zeros } from '../../src/index.ts';
import { lawOf, valuesFor } from '../../src/laws/initializer.ts';
import { make, RANDOM, TABLE } from '../support.ts';

describe.each(TABLE)('%s', (law, config) => {
  const initializer = make(law, config);

  it('(shape) returns a float32 tensor of that shape, finite throughout', async () => {
    for (const shape of [
      [3, 4],
      [2, 3, 4],
      [3, 3, 2, 5],
      [2, 2, 2, 3, 2],
    ]) {
      const tensor = initializer(shape);
      expect(tensor.shape).toEqual(shape);
      expect(tensor.dtype).toBe('float32');
      expect((await valuesOf(tensor)).every(Number.isFinite)).toBe(true);
    }
  });

  it('(shape, { seed, path }) gives the same bits for the same seed and path', async () => {
    for (const options of [{}, { seed: 0 }, { seed: -3 }, { seed: 2 ** 52, path: 'a/kernel' }]) {
      const first = await valuesOf(initializer([5, 4], options));
      expect(await valuesOf(initializer([5, 4], options))).toEqual(first);
      expect(await valuesOf(make(law, config)([5, 4], options))).toEqual(first);
    }
  });

  it('(shape) of no entries returns an empty tensor', () => {
    for (const shape of [
      [0, 4],
      [4, 0],
      [0, 0],
      [3, 0, 2],
    ]) {
      const tensor = initializer(shape);
      expect(tensor.shape).toEqual(shape);
      expect(tensor.size).toBe(0);
      tensor.dispose();
    }
  });

  it('(shape, { seed }) refuses a seed that is no safe integer', () => {
    for (const seed of [0.5, Number.NaN, 2 ** 53, Infinity, '1' as unknown as number])
      expect(() => initializer([2, 2], { seed })).toThrow(`${law}: seed must be a safe integer, got`);
  });

  it('(shape) refuses what is no shape, and one too large before memory is taken', () => {
    for (const shape of [[2, -1], [1.5, 2], [Number.NaN, 2], 3 as unknown as number[]])
      expect(() => initializer(shape)).toThrow(`${law}: shape must be a list of sizes`);
    for (const shape of [
      [2 ** 15, 2 ** 15],
      [1e9, 1e9, 1e9],
    ])
      expect(() => initializer(shape)).toThrow(`${law}: shape must have fewer than 2^30 entries, got`);
  });

  it('(shape, options) refuses unknown options, paths that are no strings and fans that are none', () => {
    const call = (options: object) => () => initializer([2, 2], options);
    expect(call({ sead: 1 })).toThrow(`${law}: options must be among seed, path, fans, got "sead"`);
    expect(call({ path: 3 })).toThrow(`${law}: path must be a string, got 3`);
    expect(call({ fans: { fanIn: -1, fanOut: 2 } })).toThrow(`${law}: fanIn must be a finite number of 0 or more`);
    expect(call({ fans: { fanIn: 1, fanOut: Number.NaN } })).toThrow(`${law}: fanOut must be a finite number`);
    expect(call({ fans: { fanIn: 1 } })).toThrow(`${law}: fanOut must be a finite number`);
  });

  it('carries its law and its options, and cannot be changed', () => {
    expect(initializer.law).toBe(law);
    expect(initializer.config).toEqual(config);
    expect(Object.isFrozen(initializer)).toBe(true);
    expect(Object.isFrozen(initializer.config)).toBe(true);
  });

  it('(shape) leaves nothing behind but its result', async () => {
    expect(await leakOf(() => initializer([6, 3]).dispose())).toEqual({ tensors: 0, variables: 0 });
    expect(await leakOf(() => expect(() => initializer([6, 3], { seed: 0.5 })).toThrow())).toMatchObject({
      tensors: 0,
    });
  });
});

it.each(RANDOM)('%s()(shape, { seed, path }) gives other values for another seed or path', async (law, config) => {
  const streams = [{}, { seed: 1 }, { path: 'a' }, { path: 'b' }, { seed: 1, path: 'a' }, { seed: 2 ** 32 }];
  const drawn = await Promise.all(streams.map((options) => valuesOf(make(law, config)([5, 4], options))));
  expect(new Set(drawn.map(String)).size).toBe(streams.length);
});

it.each(['zeros', 'ones', 'torchDefault'])('%s() refuses options, so that no seed is lost', (law) => {
  const factory = make as unknown as (law: string, config: object) => Initializer;
  expect(() => factory(law, { seed: 1 })).toThrow(`${law}: there must be no options (a seed belongs to`);
});

const OPTIONED = TABLE.filter(([law]) => !['zeros', 'ones', 'torchDefault'].includes(law));

it.each(OPTIONED)('%s(options) refuses unknown options', (law) => {
  expect(() => make(law, { seed: 1 })).toThrow(`${law}: options must be among`);
});

it('heNormal()(shape, { fans }) takes the fans that are given over those of the shape', async () => {
  const bare = await valuesOf(heNormal()([3, 3, 8, 1]));
  const given = await valuesOf(heNormal()([3, 3, 8, 1], { fans: { fanIn: 18, fanOut: 1 } }));
  // The shape reads fan-in 72: the standard deviation doubles, and with a power of two the bits follow.
  expect(given).toEqual(bare.map((x) => 2 * x));
});

it('heNormal()(shape) counts a fan of 0 as 1, as Keras does', async () => {
  const none = await valuesOf(heNormal()([4, 4], { fans: { fanIn: 0, fanOut: 0 } }));
  expect(none).toEqual(await valuesOf(heNormal()([4, 4], { fans: { fanIn: 1, fanOut: 1 } })));
});

it('heNormal()(shape) reads rank 0 as fan 1 and rank 1 as its length, as Keras does', async () => {
  const one = await valuesOf(heNormal()([]));
  expect(one).toEqual(await valuesOf(heNormal()([1], { fans: { fanIn: 1, fanOut: 1 } })));
  const vector = await valuesOf(heNormal()([9]));
  expect(vector).toEqual(await valuesOf(heNormal()([9], { fans: { fanIn: 9, fanOut: 9 } })));
});

it('lawOf(value) knows initializers of this package and nothing else', () => {
  expect(lawOf(heNormal())?.name).toBe('heNormal');
  expect(lawOf(() => tf.zeros([1]))).toBeUndefined();
  expect(lawOf(tf.initializers.zeros())).toBeUndefined();
  expect(lawOf(undefined)).toBeUndefined();
});

it('valuesFor(law, shape) gives the values of the tensor', async () => {
  const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(shape, fc.integer(), fc.string(), async (sizes, seed, path) => {
      for (const initializer of [zeros(), ones(), uniform(), normal(), heNormal()]) {
        const values = valuesFor(lawOf(initializer)!, sizes, { seed, path });
        expect(await valuesOf(initializer(sizes, { seed, path }))).toEqual(values);
      }
    }),
    { numRuns: 25 },
  );
});
