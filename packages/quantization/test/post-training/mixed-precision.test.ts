import * as tf from '@tensorflow/tfjs';
import { finiteValues, parametrize, weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';
import {
  adaRoundValues,
  awqValues,
  compareOutputs,
  dequantizeValues,
  type Effect,
  gptqValues,
  hqqValues,
  type KernelGrid,
  type MethodSettings,
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

  it.each([
    ['gptq', { actOrder: true, dampening: 0.05 }],
    ['awq', { clip: false, steps: 5 }],
    ['adaRound', { iterations: 5, learningRate: 1e-4, regularization: 1 }],
    ['hqq', { p: 0.7, beta: 100, kappa: 1.02, iterations: 15 }],
  ] as const)(
    "mixedPrecision(model, { x }, { method: '%s', settings }) has the values of that method with these numbers, and goes on from them",
    async (method, settings) => {
      await withBoth(sequences, SHAPE, async (model, data) => {
        const seen = tf.model({ inputs: model.inputs, outputs: model.layers[1]!.output });
        const y = seen.predict(data.x) as tf.Tensor;
        const rows = Float64Array.from(await y.data());
        y.dispose();
        const hessian = gramOf(rows, 5);
        const magnitudes = new Float64Array(5);
        for (const [i, v] of rows.entries()) magnitudes[i % 5] = magnitudes[i % 5]! + Math.abs(v);
        const shape: [number, number] = [5, 3];
        const w = await finiteValues('test', weightsOf(model, 'out/kernel')[0]!);
        const valuesOn = (grid: KernelGrid, numbers: MethodSettings) => {
          const options = { ...grid, ...numbers } as object;
          if (method === 'awq') return awqValues(w, shape, { hessian, magnitudes }, options);
          if (method === 'adaRound') return adaRoundValues(w, shape, hessian, options);
          if (method === 'hqq') {
            const bits = Number(grid.dtype!.slice(4));
            return hqqValues(w, shape, { ...numbers, bits, group: grid.group });
          }
          const gram = hessian.map((v) => v / 24);
          return gptqValues(w, shape, gram, options);
        };
        // Every kernel alone on one grid, so that its values are in the model.
        const before = await valuesOf(model);
        let differs = false;
        for (const bits of [2, 3]) {
          const grid: KernelGrid = { dtype: method === 'hqq' ? `uint${bits as 2}` : `int${bits as 2}`, group: 4 };
          const options = { method, settings, grids: [grid], filter: 'out/kernel' };
          const { bytes } = await mixedPrecision(model, data, { ...options, bytes: 1e6 }).then((report) => {
            report.restore();
            return report.tried[0]!.tried[0]!;
          });
          const others = 4 * (30 + 36 + 30 + 6 + 5 + 3);
          const report = await mixedPrecision(model, data, { ...options, bytes: others + bytes });
          expect(report.bytesAfter).toBe(others + bytes);
          const found = await finiteValues('test', weightsOf(model, 'out/kernel')[0]!);
          const { values } = valuesOn(grid, settings);
          // Factors of AWQ are powers of sums of |x|, which are added up in another order here: a few roundings of float32.
          const ulps = method === 'awq' ? 8 : 0;
          for (const [i, v] of values.entries())
            expect(Math.abs(found[i]! - v)).toBeLessThanOrEqual(ulps * 2 ** -24 * Math.abs(v));
          differs ||= valuesOn(grid, {}).values.some((v, i) => v !== values[i]);
          const { zeros, factors } = report.layers[0]!;
          expect([zeros !== null, factors !== null]).toEqual([method === 'hqq', method === 'awq']);
          report.restore();
          const resume = structuredClone(report.tried);
          const again = await mixedPrecision(model, data, { ...options, bytes: others + bytes, resume });
          expect(await finiteValues('test', weightsOf(model, 'out/kernel')[0]!)).toEqual(found);
          again.restore();
        }
        expect(differs).toBe(true);
        expect(await valuesOf(model)).toEqual(before);
      });
    },
  );

  it("mixedPrecision(model, { x }, { method: 'adaRound' }) changes no layer more than the nearest codes, and some less", async () => {
    await withBoth(sequences, SHAPE, async (model, data) => {
      const settings = { iterations: 100, learningRate: 0.1 };
      const { tried } = await mixedPrecision(model, data, { method: 'adaRound', settings, grids: GRIDS, bytes: 400 });
      const all = tried.flatMap((kernel) => kernel.tried);
      for (const { error, nearest } of all) expect(error).toBeLessThanOrEqual(nearest);
      expect(all.filter(({ error, nearest }) => error < nearest).length).toBeGreaterThan(0);
    });
  });

  it("mixedPrecision(model, { x }, { method: 'hqq' }) chooses among uint2 to uint8 where no grids are given, bytes of zero points counted", async () => {
    await withBoth(sequences, SHAPE, async (model, data) => {
      const { tried, layers: chosen, restore } = await mixedPrecision(model, data, { method: 'hqq', agree: 0.9 });
      expect(tried[2]!.tried.map(({ grid }) => grid.dtype)).toEqual(['uint2', 'uint3', 'uint4', 'uint6', 'uint8']);
      // 30 codes, and of 5 outputs a scale and a zero point of 4 bytes each.
      expect(tried[2]!.tried.map(({ bytes }) => bytes)).toEqual(
        [2, 3, 4, 6, 8].map((bits) => Math.ceil((30 * bits) / 8) + 8 * 5),
      );
      expect(chosen.length).toBeGreaterThan(0);
      restore();
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
      await refused(
        { method: 'best' },
        'mixedPrecision: method must be among gptq,awq,adaRound,hqq,nearest, got "best"',
      );
      await refused({ settings: 3 }, 'mixedPrecision: settings must be a plain object, got 3');
      await refused({ settings: { steps: 3 } }, 'mixedPrecision: settings of gptq');
      await refused({ method: 'adaRound', settings: { iterations: 0 } }, 'mixedPrecision: iterations must be');
      await refused({ method: 'adaRound', grids: [{ dtype: 'nf4' }] }, 'mixedPrecision: dtype must be of integers');
      await refused(
        { method: 'hqq', grids: GRIDS },
        'mixedPrecision: dtype with hqq must be uint2 to uint8, got "int2"',
      );
      const symmetric = { dtype: 'uint4', scheme: 'symmetric' };
      await refused({ method: 'hqq', grids: [symmetric] }, 'mixedPrecision: scheme with hqq must be affine');
      const narrow = { dtype: 'uint4', narrow: true };
      await refused({ method: 'hqq', grids: [narrow] }, 'mixedPrecision: narrow must be left out with hqq, got true');
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
      await refused({}, 'mixedPrecision: data.x must be finite, got NaN at data.x[0][0]', {
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
      const half = await mixedPrecision(model, data, { method: 'hqq', agree: 0.9 });
      half.restore();
      const [first] = half.tried as [TriedKernel];
      const withZeros = (zeros: unknown, message: string) =>
        refused(
          { method: 'hqq', resume: [{ ...first, tried: first.tried.map((one) => ({ ...one, zeros })) }] },
          `mixedPrecision: ${message}`,
        );
      await withZeros([1], 'zeros must be a Float32Array of finite numbers');
      await withZeros(Float32Array.of(1), 'zeros must be one for each scale, got 1');
      const handle = parametrize(model.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 1) });
      await refused({}, 'mixedPrecision: weights must not be parametrized (fold them first), got a/kernel');
      handle.restore();
      expect(await valuesOf(model)).toEqual(before);
    });
  });
});
