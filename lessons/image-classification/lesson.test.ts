import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { decodePictures, RECORD } from '@weightkit/datasets';
import { nodeData } from '@weightkit/datasets/node';
import { type Data, initialValues, type Lesson, type Values } from '@weightkit/lesson';
import { exportStateDict, transferWeights } from '@weightkit/transfer-freeze';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cornersOf, expectSound, expectStopped } from '../corners.ts';
import { readStack } from '../what-a-weight-is/stack.ts';
import { endOf, type Params, type Result } from './experiment.ts';
import { figures } from './figure.ts';
import { type MapSize, placeHere, placeThere, torchOrder } from './flatten.ts';
import { aheadBy, lesson, runOf } from './lesson.ts';
import { BASE } from './measure.ts';
import { buildNet, buildStack, STARTS, type Start, startAs } from './network.ts';
import { planOf } from './parts.ts';

const data = nodeData();
const SMALL: Params = { ...BASE, images: 100, epochs: 1, seed: 0 };
const run = (params: Partial<Params>, more: Partial<Data> = {}): Promise<Result> =>
  lesson.experiment({ ...SMALL, ...params }, { data: { ...data, ...more } });
/** One run for the tests that only read it. */
let kept: Promise<Result> | undefined;
const small = (): Promise<Result> => {
  kept ??= run({});
  return kept;
};

interface Golden {
  slide: { error: string; weights: Record<string, number[]>; count: number; gives: number[] };
  twin: {
    images: number[];
    weights: Record<string, { shape: number[]; values: number[] }>;
    right: number[];
    wrong: number[];
  };
}
const golden = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Golden;

describe('image-classification', () => {
  it('the networks of the slides have the shapes and the numbers that TensorFlow.js and PyTorch count', () => {
    for (const [network, count] of [
      ['slide 10', 167_562],
      ['slide 13', 25_578],
    ] as const) {
      const net = buildNet(network, [32, 32, 3]);
      const plan = planOf(network);
      const named = net.layers.filter(({ name }) => /^(conv|pool|flatten|dense)\d$/.test(name));
      expect(named.map(({ outputShape }) => (outputShape as number[]).slice(1))).toEqual(
        plan.map(({ to }) => to.sizes),
      );
      expect(named.map((layer) => layer.getWeights().map(({ shape }) => shape))).toEqual(
        plan.map(({ tfjs }) => tfjs.map(({ shape }) => shape)),
      );
      expect(named.map((layer) => layer.countParams())).toEqual(plan.map((layer) => layer.count));
      expect(net.countParams()).toBe(count);
      net.dispose();
    }
    const torch = planOf('slide 13').flatMap((layer) => layer.torch.map(({ shape }) => shape));
    expect(torch).toEqual(Object.values(golden.slide.weights));
    expect([golden.slide.count, golden.slide.gives]).toEqual([25_578, [2, 10]]);
    expect(golden.slide.error).toBe("name 'F' is not defined");
  });

  it('slide 13 in small answers as PyTorch does, and with the rows in the other order as PyTorch does then', async () => {
    const { images, weights, right, wrong } = golden.twin;
    const net = buildStack(
      readStack('image-12-8-3.conv-3-3-same.pool-2.conv-4-3-same.pool-2.flatten.dense-10').stack,
      true,
    );
    const tensors = Object.fromEntries(
      Object.entries(weights).map(([name, { shape, values }]) => [name, tf.variable(tf.tensor(values, shape))]),
    );
    const x = tf.tensor4d(images, [2, 12, 8, 3]);
    const answer = async () => {
      const said = net.predict(x) as tf.Tensor;
      const values = [...(await said.data())];
      said.dispose();
      return values;
    };
    // A shared exponent of 1 and sums of at most 28 products below 1, three layers deep: 3 · 28 · 2⁻²⁴ = 5e-6 at most.
    const isNear = (one: readonly number[], other: readonly number[]) =>
      expect(Math.max(...one.map((value, i) => Math.abs(value - other[i]!)))).toBeLessThan(5e-6);
    try {
      await transferWeights(tensors, net, { layout: 'torch' });
      isNear(await answer(), right);
      // What a plain transpose gives: the rows as PyTorch has them.
      const dense = net.getLayer('dense1');
      const [kernel, bias] = dense.getWeights() as [tf.Tensor2D, tf.Tensor1D];
      const plain = tf.tidy(() => tf.transpose(tensors['dense1.weight']!));
      const rows = tf.tensor1d(torchOrder([3, 2, 4]), 'int32');
      const moved = tf.gather(kernel, rows);
      expect([...(await moved.data())]).toEqual([...(await plain.data())]);
      dense.setWeights([moved, bias]);
      isNear(await answer(), wrong);
      tf.dispose([plain, rows, moved]);
    } finally {
      tf.dispose([x, tensors]);
      net.dispose();
    }
    expect(Math.max(...right.map((value, i) => Math.abs(value - wrong[i]!)))).toBeGreaterThan(0.01);
  });

  it('the order of PyTorch is a permutation, that of a transposed image, and the one of exportStateDict', async () => {
    const side = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(fc.tuple(side, side, side), (size) => {
        const order = torchOrder(size);
        expect([...order].sort((a, b) => a - b)).toEqual([...order.keys()]);
        const [height, width, channels] = size;
        const moved = tf.tidy(() =>
          tf
            .transpose(tf.reshape(tf.range(0, order.length, 1, 'int32'), [height, width, channels]), [2, 0, 1])
            .dataSync(),
        );
        expect([...order]).toEqual([...moved]);
        expect(placeHere(size, height - 1, width - 1, channels - 1)).toBe(order.length - 1);
        expect(placeThere(size, height - 1, width - 1, channels - 1)).toBe(order.length - 1);
      }),
    );
    const net = buildNet('small', [14, 14, 1]);
    const [kernel] = net.getLayer('dense1').getWeights() as [tf.Tensor2D];
    const { checkpoint } = await exportStateDict(net);
    const weight = checkpoint.tensors.find(({ name }) => name === 'dense1.weight')!;
    const there = new Float32Array((await weight.bytes()).slice().buffer);
    const rows = tf.tensor1d(torchOrder([2, 2, 16]), 'int32');
    const ours = tf.tidy(() => tf.transpose(tf.gather(kernel, rows)));
    expect([...(await ours.data())]).toEqual([...there]);
    tf.dispose([rows, ours]);
    net.dispose();
  });

  it('kernels spread as their laws say, biases are 0, and a seed gives the same start again', async () => {
    for (const start of STARTS) {
      const [one, other] = [buildNet('slide 13', [32, 32, 3]), buildNet('slide 13', [32, 32, 3])];
      startAs(one, start, { std: 0.05, seed: 3 });
      startAs(other, start, { std: 0.05, seed: 3 });
      for (const layer of one.layers) {
        const [kernel, bias] = layer.getWeights();
        if (!kernel) continue;
        const values = (await kernel.data()) as Float32Array;
        expect(values).toEqual(await other.getLayer(layer.name).getWeights()[0]!.data());
        expect(Math.max(...((await bias!.data()) as Float32Array).map(Math.abs))).toBe(0);
        const field = kernel.shape.slice(0, -2).reduce((product, size) => product * size, 1);
        const [fanIn, fanOut] = kernel.shape.slice(-2).map((size) => field * size) as [number, number];
        const law: Record<Start, number> = {
          glorot_uniform: 2 / (fanIn + fanOut),
          he_normal: 2 / fanIn,
          random_normal: 0.05 ** 2,
        };
        const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
        // The mean of n squares of variance at most 2 σ⁴ is off by more than 5 √(2/n) σ² in one of three million cases.
        expect(Math.abs(square / law[start] - 1), `${layer.name} ${start}`).toBeLessThan(
          5 * Math.sqrt(2 / values.length),
        );
      }
      one.dispose();
      other.dispose();
    }
  }, 60_000);

  it('three starts see the same images; the last fifth is for validation; what is said of a start is true of it', async () => {
    const { runs, train, validation, data: from, map, order } = await small();
    expect([train, validation, from, map]).toEqual([80, 20, 'MNIST', [2, 2, 16]]);
    expect(runs.map(({ start }) => start)).toEqual([...STARTS]);
    for (const { moments, layers } of runs) {
      expect(moments.map(({ epoch }) => epoch)).toEqual([0, 1]);
      for (const { accuracy } of moments) expect((20 * accuracy) % 1).toBeCloseTo(0, 4);
      expect(layers.map(({ fanIn }) => fanIn)).toEqual([9, 72, 64, 32]);
    }
    // The loss of ten nearly equal outputs is ln 10, and that of random_normal's start begins there.
    expect(runs[2]!.moments[1]!.loss).toBeCloseTo(Math.log(10), 1);
    expect(order!.right).toBe(endOf(runs[0]!));
    // The same law with the std of the first: all that differs between the runs of a seed is the law.
    const same = await run({ std: 0 });
    expect(runOf(same, 'he_normal')).toEqual(runOf(await small(), 'he_normal'));
    expect(runOf(same, 'random_normal').layers.map(({ weights, sums }) => [weights, sums])).toEqual(
      Array.from({ length: 4 }, () => [0, 0]),
    );
  }, 60_000);

  it('sums shrink from layer to layer with a std of 0.05, and stay near 1 with he_normal', async () => {
    const { runs } = await run({ images: 300 });
    const sums = (start: Start) => runs.find((one) => one.start === start)!.layers.map((layer) => layer.sums);
    const random = sums('random_normal');
    for (let i = 1; i < random.length; i++) expect(random[i]!).toBeLessThan(0.8 * random[i - 1]!);
    expect(random.at(-1)!).toBeLessThan(0.01);
    for (const sum of sums('he_normal').slice(1)) {
      expect(sum).toBeGreaterThan(0.3);
      expect(sum).toBeLessThan(3);
    }
  }, 60_000);

  it('takes pictures of 32 × 32 in three colors where they are given', async () => {
    const bytes = Uint8Array.from({ length: 60 * RECORD }, (_, i) =>
      i % RECORD === 0 ? (i / RECORD) % 10 : (i * 7) % 256,
    );
    const { runs, ...rest } = await run({ images: 60 }, { pictures: async () => decodePictures(bytes, 'a file') });
    expect(rest).toMatchObject({ data: 'CIFAR-10', train: 48, validation: 12, map: [2, 2, 16] });
    expect(runs[0]!.layers[0]!.fanIn).toBe(27);
    await expect(
      run({}, { pictures: async () => decodePictures(bytes.slice(0, 10 * RECORD), 'a file') }),
    ).rejects.toThrow('imageClassification: the files must have 50 images or more, got 10');
  }, 60_000);

  const { WEIGHTKIT_CIFAR10: folder } = process.env;
  // Minutes on cpu.
  it.skipIf(tf.getBackend() === 'cpu' || !folder || !existsSync(join(folder, 'data_batch_1.bin')))(
    'trains on real photographs of CIFAR-10 (skipped where WEIGHTKIT_CIFAR10 names no folder of them)',
    async () => {
      const { pictures } = nodeData({ pictures: folder });
      const result = await run({ images: 500, epochs: 2 }, { pictures });
      expect(result.data).toBe('CIFAR-10');
      expect(result.train).toBe(400);
      const [, first, second] = result.runs[1]!.moments;
      expect(second!.loss!).toBeLessThan(first!.loss!);
    },
    120_000,
  );

  it('figures have a dot for each start and layer, and both places of each value', async () => {
    const result = await small();
    const { curves, weights, sums, order, losses } = figures(result, SMALL);
    expect(curves!.title).toMatch(/^Epoch 1: glorot \d+ %, he \d+ %, random \d+ %$/);
    expect(figures(result, SMALL, 0).curves!.title).toMatch(/^Epoch 0/);
    for (const { table } of [weights!, sums!]) {
      expect(table.columns).toEqual(['name', ...STARTS]);
      expect(table.rows).toHaveLength(4);
    }
    const map: MapSize = [2, 2, 16];
    expect(order!.table.rows).toHaveLength(64);
    for (const [channel, row, column, here, there] of order!.table.rows as [string, number, number, number, number][])
      expect([here, there]).toEqual([
        placeHere(map, row, column, Number(channel)),
        placeThere(map, row, column, Number(channel)),
      ]);
    expect(losses!.table.rows.length).toBeGreaterThan(0);
  }, 60_000);

  it('answers what the page asks, and takes its challenge as met for SGD alone, where both have learned', async () => {
    const result = await small();
    const ending = (...ends: number[]): Result => ({
      ...result,
      runs: result.runs.map((one, i) => ({ ...one, moments: [{ epoch: 1, accuracy: ends[i]!, loss: 1 }] })),
    });
    expect(lesson.answer(ending(0.5, 0.7, 0.4), SMALL)).toBe(30);
    expect(aheadBy(ending(0.5, 0.7, 0.4), 'he_normal', 'glorot_uniform')).toBeCloseTo(20, 10);
    const met = (ends: number[], optimizer: Params['optimizer']) =>
      lesson.check(ending(...ends), { ...SMALL, optimizer }).met;
    expect(met([0.1, 0.6, 0.7], 'SGD')).toBe(true);
    expect(met([0.1, 0.6, 0.58], 'SGD')).toBe(true);
    expect(met([0.1, 0.6, 0.7], 'Adam')).toBe(false);
    expect(met([0.1, 0.6, 0.5], 'SGD')).toBe(false);
    expect(met([0.1, 0.3, 0.4], 'SGD')).toBe(false);
  }, 60_000);

  it('leaves no tensor where it is stopped, and shows nothing that is no number at the corners of its controls', async () => {
    await expectStopped(lesson, SMALL, 0.5);
    if (tf.getBackend() === 'cpu') return;
    const tiny = { network: ['small'], images: [100], epochs: [1], seed: [0] };
    for (const values of cornersOf(lesson as unknown as Lesson, tiny))
      await expectSound(lesson as unknown as Lesson, values);
  }, 120_000);

  it('begins with what the table was measured with', () => {
    expect(initialValues<Values>(lesson as unknown as Lesson)).toEqual({ ...BASE, seed: 0 });
  });

  it.each([
    [
      { network: 'large' as never },
      'imageClassification: network must be one of small, slide 10, slide 13, got "large"',
    ],
    [{ std: -1 }, 'imageClassification: std must be in [0, 10], got -1'],
    [{ std: Number.NaN }, 'imageClassification: std must be in [0, 10], got NaN'],
    [{ optimizer: 'adam' as never }, 'imageClassification: optimizer must be one of Adam,SGD, got "adam"'],
    [{ epochs: 0 }, 'imageClassification: epochs must be an integer in [1, 50], got 0'],
    [{ images: 49 }, 'imageClassification: images must be an integer in [50, 20000], got 49'],
    [{ seed: 0.5 }, 'imageClassification: seed must be a safe integer, got 0.5'],
  ])('refuses %j', async (wrong, message) => {
    await expect(run(wrong)).rejects.toThrow(message);
  });
});
