import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  type Calibration,
  calibrate,
  histogramObserver,
  minMaxObserver,
  movingAverageObserver,
  type Observer,
  observerFrom,
} from '../../src/index.ts';
import { golden, normals } from '../helpers.ts';
import { dense, free, leftBy, numbers } from './helpers.ts';

interface Golden {
  x: number[];
  a: number[];
  b: number[];
  grids: Record<'x' | 'hidden' | 'out', [scale: number, zeroPoint: number]>;
}

const [GOLDEN] = golden<Golden>('convert') as [Golden];
/** Sums of 5 products below 16 and extremes of them, relative to the scale. */
const NEAR = tf.getBackend() === 'webgpu' ? 2 ** -14 : 2 ** -18;

/** Ranges and counts, without what observers keep. */
const ranges = ({ layers }: Calibration) =>
  layers.map(({ path, calls, inputs, outputs }) => [
    path,
    calls,
    ...[...inputs, ...outputs].map((one) => one && [one.min, one.max, one.count]),
  ]);

describe('calibrate', () => {
  it('calibrate(model, data, { observer: "minMax" }) has scales and zero points of torch on the same net', async () => {
    const model = dense(GOLDEN.a, GOLDEN.b);
    const x = tf.tensor(GOLDEN.x, [6, 4]);
    const { layers, batches, examples, skipped } = await calibrate(model, { x }, { observer: 'minMax' });
    expect([batches, examples, skipped]).toEqual([1, 6, []]);
    const [a, b] = layers;
    for (const [one, name] of [
      [a!.inputs[0], 'x'],
      [a!.outputs[0], 'hidden'],
      [b!.inputs[0], 'hidden'],
      [b!.outputs[0], 'out'],
    ] as const) {
      const [scale, zeroPoint] = GOLDEN.grids[name];
      expect(Math.abs(one!.scales[0]! / scale - 1)).toBeLessThan(NEAR);
      expect([one!.zeroPoints, one!.clipped, one!.axis]).toEqual([[zeroPoint], 0, null]);
    }
    free(x, model);
  });

  it('calibrate(model, data) takes lists, generators, datasets and { xs }, and sees the same in each', async () => {
    const model = dense();
    const x = numbers([10, 4], 3);
    const parts = (): tf.Tensor[] => tf.split(x, [4, 4, 2]);
    const list = parts();
    const run = (data: Parameters<typeof calibrate>[1]) => calibrate(model, data, { observer: 'minMax' });
    const wanted = await run(list);
    expect(wanted).toMatchObject({ batches: 3, examples: 10 });
    function* sync() {
      for (const one of parts()) yield { xs: one, ys: tf.zeros([1]) };
    }
    async function* later() {
      for (const one of parts()) yield [one];
    }
    const dataset = () => tf.data.generator(sync as never) as unknown as { iterator(): Promise<never> };
    const rows = tf.data.array((await x.array()) as number[][]).batch(4);
    const before = tf.memory().numTensors;
    const all = [
      await run(sync()),
      await run(later()),
      await run(dataset()),
      await run(rows as never),
      await run(list.map((one) => ({ x: one }))),
    ];
    expect(tf.memory().numTensors).toBe(before);
    for (const found of all) expect(found).toEqual(wanted);
    // Of one batch, what it has together.
    expect(ranges(await run({ x })).map(([path]) => path)).toEqual(['a', 'b']);
    expect(ranges(await run(x))).toEqual(ranges(await run({ x })));
    free(x, model, ...list);
  });

  it('calibrate(model, { x }) runs 32 examples at a time, at most { batches } of them, and says how far it is', async () => {
    const model = dense();
    const x = numbers([70, 4], 4);
    const told: unknown[] = [];
    const onBatch = (progress: unknown) => void told.push(progress);
    expect(await calibrate(model, { x }, { onBatch, observer: 'minMax' })).toMatchObject({ batches: 3, examples: 70 });
    expect(told).toEqual([32, 64, 70].map((examples, i) => ({ batches: i + 1, examples })));
    let pulled = 0;
    let closed = false;
    function* many() {
      try {
        for (;;) {
          pulled++;
          yield tf.ones([1, 4]);
        }
      } finally {
        closed = true;
      }
    }
    const before = tf.memory().numTensors;
    expect(await calibrate(model, many(), { batches: 2 })).toMatchObject({ batches: 2, examples: 2 });
    expect([pulled, closed, tf.memory().numTensors]).toEqual([2, true, before]);
    free(x, model);
  });

  it.each([
    ['minMax', minMaxObserver],
    ['movingAverage', movingAverageObserver],
    ['histogram', histogramObserver],
  ] as const)('calibrate(model, data, { observer }) takes the function of %s as its name', async (name, observer) => {
    const model = dense();
    const x = numbers([40, 4], 5);
    const byName = await calibrate(model, { x }, { observer: name });
    expect(await calibrate(model, { x }, { observer: observer as () => Observer })).toEqual(byName);
    free(x, model);
  });

  it('calibrate(model, data, { observer }) takes an observer for each place, and says how much averages clip', async () => {
    const model = dense();
    const x = numbers([40, 4], 5);
    const places: string[] = [];
    const { layers } = await calibrate(
      model,
      { x },
      {
        observer: ({ path, side, index }) => {
          places.push(`${path} ${side} ${index}`);
          return minMaxObserver({ axis: -1 });
        },
        layers: ['a'],
        dtype: 'int8',
      },
    );
    expect(places).toEqual(['a input 0', 'a output 0']);
    expect([layers[0]!.inputs[0]!.scales.length, layers[0]!.outputs[0]!.scales.length]).toEqual([4, 5]);
    expect(layers[0]!.inputs[0]).toMatchObject({ axis: -1, dtype: 'int8', zeroPoints: [0, 0, 0, 0] });
    const [, wide] = [normals(16), Float32Array.from({ length: 16 }, (_, i) => (i === 3 ? 100 : 0.5))];
    const batches = [
      tf.tensor(
        Float32Array.from({ length: 16 }, (_, i) => i / 16),
        [4, 4],
      ),
      tf.tensor(wide!, [4, 4]),
    ];
    const [row] = (await calibrate(model, batches, { observer: 'movingAverage', layers: ['a'] })).layers;
    // The range is 0 to 15/16 + 99.0625 / 100; beyond it lies 100, of 32 values.
    expect(row!.inputs[0]!.max[0]).toBeCloseTo(1.928125, 5);
    expect(row!.inputs[0]!.clipped).toBeCloseTo(1 / 32, 2);
    free(x, model, ...batches);
  });

  it('calibrate(model, data) keeps no values: what observers say is as long after 8 batches as after 1', async () => {
    const model = dense();
    const lengths = [];
    for (const count of [1, 8]) {
      const list = Array.from({ length: count }, (_, i) => numbers([6, 4], i));
      const { layers } = await calibrate(model, list);
      const { state } = layers[1]!.inputs[0]!;
      lengths.push(state.kind === 'histogram' ? state.counts.length : 0);
      expect(observerFrom(JSON.parse(JSON.stringify(state))).parameters()).toEqual(observerFrom(state).parameters());
      tf.dispose(list);
    }
    expect(lengths).toEqual([2048, 2048]);
    model.dispose();
  });

  it('calibrate(model, data) counts the calls of a shared layer, leaves integers alone, and sees several inputs', async () => {
    const [one, two] = [tf.input({ shape: [3], name: 'one' }), tf.input({ shape: [2], name: 'two', dtype: 'int32' })];
    const shared = tf.layers.dense({ units: 3, name: 'shared' });
    const words = tf.layers.embedding({ inputDim: 5, outputDim: 3, name: 'words' });
    const flat = tf.layers.globalAveragePooling1d({}).apply(words.apply(two)) as tf.SymbolicTensor;
    const sum = tf.layers.add({ name: 'sum' });
    const outputs = sum.apply([shared.apply(one), shared.apply(flat)] as tf.SymbolicTensor[]) as tf.SymbolicTensor;
    const model = tf.model({ inputs: [one, two], outputs });
    const data = () => ({ one: tf.ones([2, 3]), two: tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32') });
    function* batches() {
      yield { xs: data() };
    }
    const found = await calibrate(model, batches(), { layers: ['shared', 'words', 'sum'], observer: 'minMax' });
    const rows = new Map(found.layers.map((row) => [row.path, row]));
    expect(rows.get('shared')!.calls).toBe(2);
    expect(rows.get('shared')!.inputs[0]!.count).toBe(12);
    expect(rows.get('words')!.inputs).toEqual([null]);
    expect(rows.get('sum')!.inputs.length).toBe(2);
    const { one: x, two: y } = data();
    expect((await calibrate(model, [[x, y]], { layers: ['shared'], observer: 'minMax' })).layers[0]).toEqual(
      rows.get('shared'),
    );
    free(x, y, model);
  });

  it('calibrate(model, data) leaves no tensor behind, and nothing of what fails', async () => {
    const model = dense();
    const x = numbers([5, 4], 6);
    expect(await leftBy(() => calibrate(model, { x }))).toBe(0);
    const bad = tf.tensor(
      Float32Array.from({ length: 8 }, (_, i) => (i === 6 ? Number.NaN : 1)),
      [2, 4],
    );
    function* spoiled() {
      yield tf.clone(x);
      yield tf.clone(bad);
    }
    const failing = () =>
      expect(calibrate(model, spoiled())).rejects.toThrow(
        'calibrate: activations must be finite, got NaN at batch 1, the input of a[6]',
      );
    expect(await leftBy(failing)).toBe(0);
    free(x, bad, model);
  });

  it('calibrate(model, data) says what is wrong with data, layers and options', async () => {
    const model = dense();
    const x = numbers([5, 4], 7);
    const run = (data: unknown, options: object = {}) => calibrate(model, data as never, options as never);
    await expect(run([])).rejects.toThrow('calibrate: data must have one batch or more, got 0');
    await expect(run((function* () {})())).rejects.toThrow('calibrate: data must have one batch or more, got 0');
    await expect(run(3)).rejects.toThrow(
      'calibrate: data must be { x }, a tensor, a list of batches, a dataset or a gen',
    );
    await expect(run(new Set([x]))).rejects.toThrow('calibrate: data must be { x }');
    await expect(run([x, tf.ones([2, 3])])).rejects.toThrow('calibrate: batch 1 must have shape [null,4], got [2, 3]');
    await expect(run([x, 'x'])).rejects.toThrow('calibrate: batch 1 must be');
    await expect(run({ x }, { layers: ['none'] })).rejects.toThrow(
      'calibrate: layers must be in the model (there are a',
    );
    await expect(run({ x }, { layers: [] })).rejects.toThrow('calibrate: layers must not be empty');
    await expect(run({ x }, { observer: 'max' })).rejects.toThrow(
      'observer must be among minMax,movingAverage,histogram',
    );
    await expect(run({ x }, { observer: () => ({}) })).rejects.toThrow(
      'calibrate: observer must make an observer, got',
    );
    await expect(run({ x }, { dtype: 'nf4' })).rejects.toThrow('calibrate: dtype must be of integers');
    await expect(run({ x }, { batches: 0 })).rejects.toThrow(
      'calibrate: batches must be an integer of 1 or more, got 0',
    );
    free(x, model);
  });

  it('calibrate(model, data) refuses layers that keep a state, which running would change', async () => {
    const layer = tf.layers.simpleRNN({ units: 2, batchInputShape: [1, 3, 2], stateful: true, name: 'kept' });
    const model = tf.sequential({ layers: [layer] });
    const x = tf.ones([1, 3, 2]);
    await expect(calibrate(model, { x })).rejects.toThrow(
      'calibrate: model must have no layers that keep a state, got "kept"',
    );
    free(x, model);
  });

  it('calibrate(model, data, { layers }) names a layer that the model does not call', async () => {
    const inner = tf.input({ shape: [4] });
    const unused = tf.layers.dense({ units: 2, name: 'unused' }).apply(inner) as tf.SymbolicTensor;
    const used = tf.layers.dense({ units: 2, name: 'used' }).apply(inner) as tf.SymbolicTensor;
    const both = tf.model({ inputs: inner, outputs: [used, unused] });
    const one = tf.model({ inputs: inner, outputs: used });
    const nest = tf.sequential({ layers: [one as unknown as tf.layers.Layer] });
    nest.build([null, 4]);
    const x = numbers([3, 4], 8);
    expect((await calibrate(both, { x })).layers.map(({ path }) => path)).toEqual(['used', 'unused']);
    await expect(calibrate(nest, { x }, { layers: ['unused'] })).rejects.toThrow('layers must be in the model');
    free(x, nest);
  });
});
