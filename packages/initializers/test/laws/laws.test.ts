import { fans } from '@weightkit/core';
import { leakOf, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lawOf, valuesFor } from '../../src/laws/initializer.ts';
import { fromConfig, LAWS } from '../../src/laws/laws.ts';
import { make, OF_RANK, TABLE } from '../support.ts';

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

const size = fc.integer({ min: 0, max: 7 });
const sizes = (minLength: number, maxLength: number) => fc.array(size, { minLength, maxLength });
const gates = size.map((units) => [4 * units]);
const window = fc.array(size, { minLength: 1, maxLength: 3 });
/** Shapes that a law covers, sizes of 0 among them. */
const SHAPES: Readonly<Record<string, fc.Arbitrary<number[]>>> = {
  chronoBias: gates,
  deltaOrthogonal: fc.tuple(window, size, size).map(([k, a, b]) => [...k, Math.min(a, b), Math.max(a, b)]),
  dirac: fc.tuple(window, size, size).map(([k, inputs, outputs]) => [...k, inputs, 2 * outputs]),
  forgetBias: gates,
  identity: sizes(2, 2),
  orthogonal: sizes(2, 5),
  sparse: sizes(2, 2),
  torchDefault: sizes(2, 5),
};

describe.each([...TABLE, ...OF_RANK.map(([law, config]) => [law, config] as const)])('%s(%j)', (name, config) => {
  const law = lawOf(make(name, config))!;
  const shapes = SHAPES[name] ?? sizes(0, 5);

  it('gives finite values of the stated spread for every shape that it covers', () => {
    fc.assert(
      fc.property(shapes, fc.maxSafeInteger(), fc.string(), (shape, seed, path) => {
        const values = valuesFor(law, shape, { seed, path });
        expect(values.length).toBe(shape.reduce((a, b) => a * b, 1));
        expect(values.every(Number.isFinite)).toBe(true);
        const { mean, std, kurtosis } = law.spread(fans(shape), shape);
        for (const stated of [mean, std, kurtosis]) expect(Number.isFinite(stated)).toBe(true);
        expect(std).toBeGreaterThanOrEqual(0);
        expect(kurtosis).toBeGreaterThanOrEqual(1);
        expect(valuesFor(law, shape, { seed, path })).toEqual(values);
        // Chebyshev, for the mean square of n values: once in 10^6. Nothing is left to chance where the kurtosis is 1.
        const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        const error = kurtosis === 1 ? 1e-5 : 1000 * Math.sqrt((kurtosis - 1) * Math.max(1, values.length));
        expect(Math.abs(square - values.length * std ** 2)).toBeLessThanOrEqual(
          std ** 2 * error * Math.max(1, values.length),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('refuses shapes, seeds and fans that are none, by name', () => {
    const bad: [args: [unknown, object?], message: string][] = [
      [[[2, -1]], 'shape must be a list of sizes'],
      [[[2, Number.NaN]], 'shape must be a list of sizes'],
      [[[1.5, 2]], 'shape must be a list of sizes'],
      [['2,2'], 'shape must be a list of sizes'],
      [[[4, 4], { seed: 0.5 }], 'seed must be a safe integer'],
      [[[4, 4], { seed: Number.NaN }], 'seed must be a safe integer'],
      [[[4, 4], { fans: { fanIn: Number.NaN, fanOut: 1 } }], 'fanIn must be a finite number of 0 or more'],
      [[[4, 4], { fans: { fanIn: 1, fanOut: -1 } }], 'fanOut must be a finite number of 0 or more'],
    ];
    for (const [[shape, options], message] of bad)
      expect(() => valuesFor(law, shape as number[], options)).toThrow(`${name}: ${message}`);
  });
});

/** Any finite number: ordinary ones, the ends of float32 and float64, negative ones, 0. */
const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.constantFrom(0, -0, 3.4e38, -3.4e38, 3.5e38, 1e-45, 1e-46, 2 ** -126, 1e300, -1e300),
);
const name = fc.constantFrom('tfjs', 'keras', 'torch', undefined);
/** Options of any finite size, with a shape that the law covers. */
const OPTIONS: readonly [law: string, options: Record<string, fc.Arbitrary<unknown>>, shape: number[]][] = [
  ['chronoBias', { longest: finite }, [12]],
  ['constant', { value: finite }, [3]],
  ['deltaOrthogonal', { gain: finite }, [3, 2, 2]],
  ['forgetBias', { value: finite }, [12]],
  ['identity', { gain: finite }, [3, 2]],
  ['normal', { mean: finite, std: finite }, [30]],
  ['orthogonal', { gain: finite }, [4, 3]],
  ['siren', { omega: finite, first: fc.boolean() }, [4, 3]],
  ['sparse', { sparsity: finite, std: finite }, [5, 4]],
  ['truncatedNormal', { mean: finite, std: finite, lower: finite, upper: finite, compat: name }, [30]],
  ['uniform', { min: finite, max: finite }, [30]],
  ['varianceScaling', { scale: finite, compat: name }, [5, 4]],
];

it.each(OPTIONS)(
  '%s(options) of any finite size gives finite values or an error with its name',
  (law, options, shape) => {
    fc.assert(
      fc.property(fc.record(options), fc.integer(), (chosen, seed) => {
        const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
        let values: Float32Array;
        try {
          values = valuesFor(lawOf(make(law, given as Record<string, number>))!, shape, { seed });
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          expect((error as RangeError).message).toMatch(new RegExp(`^(${law}|fillTruncatedNormal): [a-z].*, got `));
          return;
        }
        expect(values.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 100 },
    );
  },
);
