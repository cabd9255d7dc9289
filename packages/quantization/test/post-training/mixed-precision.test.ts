import * as tf from '@tensorflow/tfjs';
import { finiteValues, parametrize, weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';
import {
  compareOutputs,
  dequantizeValues,
  type Effect,
  gptqValues,
  type MixedPrecisionOptions,
  mixedPrecision,
  type TriedKernel,
} from '../../src/index.ts';
import { gramOf, valuesOf, wave, withBoth, withWeights } from './helpers.ts';

const { layers } = tf;

const GRIDS = (['int2', 'int4', 'int8'] as const).map((dtype) => ({ dtype, group: 4 }));

/** A classifier of sequences: kernels of a cell, whose states stay below 1, and of a dense layer. */
const sequences = () =>
  withWeights(
    tf.sequential({
      layers: [
        layers.simpleRNN({ units: 6, inputShape: [4, 5], name: 'r' }),
        layers.dense({ units: 5, activation: 'tanh', name: 'a' }),
        layers.dense({ units: 3, activation: 'softmax', name: 'out' }),
      ],
    }),
  );
const SHAPE = [48, 4, 5];
const PATHS = ['r/cell/kernel', 'r/cell/recurrentKernel', 'a/kernel', 'out/kernel'];

/** A way to choose: a grid for each kernel by its index, -1 for float32. */
type Way = number[];

const costOf = (tried: readonly TriedKernel[], way: Way) => {
  const picked = way.map((pick, k) => tried[k]!.tried[pick] ?? { bytes: tried[k]!.bytes, change: 0 });
  const sum = (of: (one: { bytes: number; change: number }) => number) => picked.reduce((all, one) => all + of(one), 0);
  return { bytes: sum(({ bytes }) => bytes), change: sum(({ change }) => change) };
};

const waysOf = (tried: readonly TriedKernel[]): Way[] =>
  tried.reduce<Way[]>(
    (ways, { tried: grids }) => ways.flatMap((way) => [-1, ...grids.keys()].map((pick) => [...way, pick])),
    [[]],
  );

/** Ways that no other beats, from the smallest on. */
function undominated(tried: readonly TriedKernel[]): Way[] {
  const sorted = waysOf(tried)
    .map((way) => ({ way, ...costOf(tried, way) }))
    .sort((a, b) => a.bytes - b.bytes || a.change - b.change);
  let least = Number.POSITIVE_INFINITY;
  return sorted.flatMap(({ way, change }) => {
    if (!(change < least)) return [];
    least = change;
    return [way];
  });
}

/** What a model with some other kernels says, compared with the model by `compareOutputs`. */
async function effectOf(
  make: () => tf.Sequential,
  values: ReadonlyMap<string, Float32Array>,
  probes: tf.Tensor,
): Promise<Effect> {
  const [model, other] = [make(), make()];
  for (const [path, value] of values) {
    const [weight] = weightsOf(other, path);
    tf.tidy(() => weight!.write(tf.tensor(value, [...weight!.shape])));
  }
  const effect = await compareOutputs(model, other, { probes });
  model.dispose();
  other.dispose();
  return effect;
}

describe('mixedPrecision', () => {
  it('mixedPrecision(model, { x }, { bytes }) takes what is least of all ways, by numbers that compareOutputs has too', async () => {
    await withBoth(sequences, SHAPE, async (model, data) => {
      const before = await valuesOf(model);
      const report = await mixedPrecision(model, data, { grids: GRIDS, bytes: 400 });
      const { tried, bytesBefore, restore } = report;
      expect(tried.map(({ path, bytes, rows, probes }) => [path, bytes, rows, probes])).toEqual([
        ['r/cell/kernel', 4 * 30, 48 * 4, 48],
        ['r/cell/recurrentKernel', 4 * 36, 48 * 4, 48],
        ['a/kernel', 4 * 30, 48, 48],
        ['out/kernel', 4 * 15, 48, 48],
      ]);
      const biases = 4 * (6 + 5 + 3);
      expect(bytesBefore).toBe(biases + 4 * (30 + 36 + 30 + 15));
      restore();
      expect(await valuesOf(model)).toEqual(before);
      for (const { path, tried: grids } of tried)
        for (const { grid, quantized, agree, relative, change } of grids) {
          expect(quantized.dtype).toBe(grid.dtype);
          const effect = await effectOf(sequences, new Map([[path, dequantizeValues(quantized)]]), data.x);
          expect([agree, relative]).toEqual([effect.agree, effect.relative]);
          // One output.
          expect(change).toBe(relative ** 2);
        }
      for (const bytes of [245, 300, 400, 460, 500]) {
        const {
          layers: chosen,
          bytesAfter,
          effect,
        } = await mixedPrecision(model, data, { grids: GRIDS, bytes, resume: tried });
        expect(bytesAfter).toBeLessThanOrEqual(bytes);
        const least = Math.min(
          ...waysOf(tried)
            .map((way) => costOf(tried, way))
            .filter((cost) => biases + cost.bytes <= bytes)
            .map(({ change }) => change),
        );
        // Sums of four numbers in another order: three roundings.
        const found = chosen.reduce((sum, { change }) => sum + change, 0);
        expect(Math.abs(found - least)).toBeLessThanOrEqual(2 ** -50 * least);
        const left = tried.filter(({ path }) => !chosen.some((one) => one.path === path));
        expect(bytesAfter).toBe(biases + [...chosen, ...left].reduce((sum, one) => sum + one.bytes, 0));
        const values = new Map(chosen.map(({ path, quantized }) => [path, dequantizeValues(quantized)]));
        for (const [path, value] of values)
          expect(await finiteValues('test', weightsOf(model, path)[0]!)).toEqual(value);
        const { relative, agree } = await effectOf(sequences, values, data.x);
        expect([effect.relative, effect.agree]).toEqual([relative, agree]);
        for (const [path, value] of before) {
          const [weight] = weightsOf(model, path);
          tf.tidy(() => weight!.write(tf.tensor(value, [...weight!.shape])));
        }
      }
      await expect(mixedPrecision(model, data, { grids: GRIDS, bytes: 10, resume: tried })).rejects.toThrow(
        'mixedPrecision: bytes must be 245 or more for this model, got 10',
      );
      expect(await valuesOf(model)).toEqual(before);
    });
  });

  it('mixedPrecision(model, { x }, { agree }) takes a way that keeps the classes, beside one that is smaller and does not', async () => {
    await withBoth(sequences, SHAPE, async (model, data) => {
      const before = await valuesOf(model);
      let resume: TriedKernel[] | undefined;
      const sizes: number[] = [];
      for (const agree of [0.85, 0.95, 1]) {
        const report = await mixedPrecision(model, data, { grids: GRIDS, agree, resume });
        report.restore();
        resume = report.tried;
        expect(report.effect.agree).toBeGreaterThanOrEqual(agree);
        sizes.push(report.bytesAfter);
        const points = undominated(report.tried);
        const biases = 4 * (6 + 5 + 3);
        const at = points.findIndex((way) => biases + costOf(report.tried, way).bytes === report.bytesAfter);
        expect(at).toBeGreaterThanOrEqual(0);
        const agreeAt = async (way: Way) => {
          const chosen = way.flatMap((pick, k): [string, Float32Array][] => {
            const { path, tried } = report.tried[k]!;
            return pick < 0 ? [] : [[path, dequantizeValues(tried[pick]!.quantized)]];
          });
          return (await effectOf(sequences, new Map(chosen), data.x)).agree;
        };
        expect(await agreeAt(points[at]!)).toBe(report.effect.agree);
        if (at > 0) expect(await agreeAt(points[at - 1]!)).toBeLessThan(agree);
      }
      expect(sizes[0]!).toBeLessThan(sizes[1]!);
      expect(sizes[1]!).toBeLessThanOrEqual(sizes[2]!);
      expect(await valuesOf(model)).toEqual(before);
    });
  });

  it('mixedPrecision(model, { x }) rounds each kernel by what the model gave before anything was rounded', async () => {
    await withBoth(sequences, SHAPE, async (model, data) => {
      const seen = tf.model({ inputs: model.inputs, outputs: model.layers[1]!.output });
      const y = seen.predict(data.x) as tf.Tensor;
      const gram = gramOf(Float64Array.from(await y.data()), 5);
      y.dispose();
      const w = await finiteValues('test', weightsOf(model, 'out/kernel')[0]!);
      const { tried } = await mixedPrecision(model, data, { grids: GRIDS, bytes: 300 });
      for (const { grid, quantized } of tried[3]!.tried) {
        const wanted = gptqValues(
          w,
          [5, 3],
          gram.map((v) => v / 24),
          grid,
        );
        expect([...quantized.codes]).toEqual([...wanted.quantized.codes]);
        expect(quantized.scales).toEqual(wanted.quantized.scales);
      }
    });
  });

  it.each(['gptq', 'awq', 'nearest'] as const)(
    "mixedPrecision(model, { x }, { method: '%s' }) has what that method makes, on grids of every kind",
    async (method) => {
      await withBoth(sequences, SHAPE, async (model, data) => {
        const before = await valuesOf(model);
        const grids: MixedPrecisionOptions['grids'] = [
          { dtype: 'nf4', group: 4 },
          { dtype: 'uint3', scheme: 'affine' },
          { dtype: 'int6', group: 2, narrow: true },
        ];
        const probes = wave([40, 4, 5], 77);
        const {
          layers: chosen,
          tried,
          effect,
          restore,
        } = await mixedPrecision(model, data, { method, grids, probes, bytes: 320 });
        expect(effect.probes).toBe(40);
        for (const { tried: all } of tried)
          for (const { factors, error, nearest } of all) {
            expect(factors === null).toBe(method !== 'awq');
            if (method === 'awq') expect(error).toBeLessThanOrEqual(nearest);
            if (method === 'nearest') expect(error).toBe(nearest);
          }
        expect(chosen.length).toBeGreaterThan(0);
        for (const { path, quantized, factors } of chosen) {
          const decoded = dequantizeValues(quantized);
          const [inputs, outputs] = quantized.shape as [number, number];
          expect(factors?.length ?? inputs).toBe(inputs);
          const wanted = factors ? decoded.map((v, i) => v / factors[Math.floor(i / outputs)]!) : decoded;
          expect(await finiteValues('test', weightsOf(model, path)[0]!)).toEqual(wanted);
        }
        restore();
        expect(await valuesOf(model)).toEqual(before);
        probes.dispose();
      });
    },
  );

  it('mixedPrecision(model, { x }, { resume }) goes on where a run ended; what throws or aborts leaves the model as it was', async () => {
    await withBoth(sequences, SHAPE, async (model, data) => {
      const before = await valuesOf(model);
      const steps: string[] = [];
      const options = { grids: GRIDS, bytes: 300 };
      const whole = await mixedPrecision(model, data, {
        ...options,
        onLayer: ({ path }, { done, total }) => {
          steps.push(`${path} ${done}/${total}`);
        },
      });
      expect(steps).toEqual(PATHS.map((path, i) => `${path} ${i + 1}/4`));
      const after = await valuesOf(model);
      whole.restore();
      const kept: TriedKernel[] = [];
      const controller = new AbortController();
      const stopped = mixedPrecision(model, data, {
        ...options,
        signal: controller.signal,
        onLayer: (one) => {
          kept.push(structuredClone(one));
          if (kept.length === 2) controller.abort(new Error('enough'));
        },
      });
      await expect(stopped).rejects.toThrow('enough');
      expect(kept).toHaveLength(2);
      expect(await valuesOf(model)).toEqual(before);
      const planted = () => {
        throw new Error('planted');
      };
      await expect(mixedPrecision(model, data, { ...options, onLayer: planted })).rejects.toThrow('planted');
      expect(await valuesOf(model)).toEqual(before);
      const seen: string[] = [];
      const again = await mixedPrecision(model, data, {
        ...options,
        resume: kept,
        onLayer: ({ path }) => {
          seen.push(path);
        },
      });
      expect(seen).toEqual(PATHS.slice(2));
      expect(await valuesOf(model)).toEqual(after);
      expect(again.tried).toEqual(whole.tried);
      expect(again.layers).toEqual(whole.layers);
    });
  });

  it('mixedPrecision refuses wrong options and what was tried otherwise, and leaves everything as it was', async () => {
    await withBoth(sequences, SHAPE, async (model, data) => {
      const before = await valuesOf(model);
      const refused = (options: object, message: string, given: object = data) =>
        expect(mixedPrecision(model, given as never, options as never)).rejects.toThrow(message);
      await refused({ method: 'best' }, 'mixedPrecision: method must be among gptq,awq,nearest, got "best"');
      await refused({ grids: 'int4' }, 'mixedPrecision: grids must be a list of grids, got "int4"');
      await refused({ grids: [] }, 'mixedPrecision: grids must have one or more');
      await refused({ grids: ['int4'] }, 'mixedPrecision: grids[0] must be a plain object, got "int4"');
      await refused({ grids: [{ bits: 4 }] }, 'mixedPrecision: grids[0]');
      await refused({ grids: [{ dtype: 'int9' }] }, 'mixedPrecision: dtype must be among');
      await refused({ agree: 2 }, 'mixedPrecision: agree must be in 0..1, got 2');
      await refused({ bytes: 1.5 }, 'mixedPrecision: bytes must be a positive integer, got 1.5');
      await refused({ agree: 1, bytes: 9 }, 'mixedPrecision: options must have agree or bytes, not both');
      await refused({ filter: 'r/cell/bias' }, 'mixedPrecision: filter must match kernels of layers of class');
      await refused({ signal: 3 }, 'mixedPrecision: signal must be an AbortSignal, got 3');
      await refused({ onLayer: 3 }, 'mixedPrecision: onLayer must be a function, got 3');
      await refused({ resume: 3 }, 'mixedPrecision: resume must be a list of what was tried, got 3');
      const nan = tf.fill([2, 4, 5], Number.NaN);
      await refused({}, 'mixedPrecision: activations must be finite, got NaN at the input of r/cell/kernel[0]', {
        x: nan,
      });
      nan.dispose();
      const { tried, restore } = await mixedPrecision(model, data, { grids: GRIDS, bytes: 300 });
      restore();
      const wrong = (change: object, message: string) =>
        refused({ grids: GRIDS, resume: [{ ...tried[0]!, ...change }] }, `mixedPrecision: resume[0]${message}`);
      await wrong({ path: 'a/kernel' }, ' must be of r/cell/kernel, got "a/kernel"');
      await wrong({ tried: tried[0]!.tried.slice(1) }, '.tried must have each of the grids');
      await wrong({ tried: [...tried[0]!.tried].reverse() }, '.tried[0] must be of the same grid');
      const other = tried[0]!.tried.map((one) => ({ ...one, change: Number.NaN }));
      await wrong({ tried: other }, '.tried[0].change must be 0 or more, got NaN');
      const small = tried[3]!.tried.map((one) => one);
      await wrong({ tried: small }, '.tried[0] must have 30 codes, got 15');
      const handle = parametrize(model.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 1) });
      await refused({}, 'mixedPrecision: weights must not be parametrized (fold them first), got a/kernel');
      handle.restore();
      expect(await valuesOf(model)).toEqual(before);
    });
  });
});
