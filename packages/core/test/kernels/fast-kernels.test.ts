import * as tf from '@tensorflow/tfjs';
import { allowBackend, valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fastKernels } from '../../src/kernels/fast-kernels.ts';
import { fillMissingKernels } from '../../src/kernels/fill-missing-kernels.ts';

const onWasm = test.runIf(tf.getBackend() === 'wasm');

/** Whole numbers of one digit, other ones for another seed: sums of their products are exact in float32, in any order. */
function digits(shape: number[], seed: number): tf.Tensor {
  const values = Float32Array.from(
    { length: tf.util.sizeFromShape(shape) },
    (_, i) => ((i * 7919 + seed * 104_729 + 11) % 19) - 9,
  );
  return tf.tensor(values, shape);
}

/** What a kernel gives on the current backend. */
async function called(kernel: string, inputs: Record<string, tf.Tensor>, attrs: object): Promise<[number[], number[]]> {
  const output = tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap) as tf.Tensor;
  return [output.shape, [...(await valuesOf(output))]];
}

/** The same on the stock cpu backend. */
async function onCpu(kernel: string, inputs: () => Record<string, tf.Tensor>, attrs: object) {
  let output: Awaited<ReturnType<typeof called>> | undefined;
  await allowBackend('cpu', async () => {
    const own = tf.getBackend();
    await tf.setBackend('cpu');
    const made = inputs();
    output = await called(kernel, made, attrs);
    tf.dispose(made);
    await tf.setBackend(own);
  });
  return output;
}

/** Asserts that a kernel of ours gives what stock's gives on cpu, and leaves nothing behind. */
async function expectSame(kernel: string, inputs: () => Record<string, tf.Tensor>, attrs: object): Promise<void> {
  const made = inputs();
  const held = () => [tf.memory().numTensors, tf.memory().numDataBuffers, tf.backend().numDataIds()];
  const before = held();
  const got = await called(kernel, made, attrs);
  expect(held()).toEqual(before);
  tf.dispose(made);
  expect(got).toEqual(await onCpu(kernel, inputs, attrs));
}

const image = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 3, max: 7 }),
  width: fc.integer({ min: 3, max: 6 }),
  channels: fc.integer({ min: 1, max: 4 }),
  filters: fc.integer({ min: 1, max: 9 }),
  size: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })),
  pad: fc.constantFrom('same' as const, 'valid' as const, 1),
});

describe('fastKernels', () => {
  test.runIf(tf.getBackend() !== 'wasm')('fastKernels does nothing where a backend has no slow kernels', () => {
    const before = tf.getKernel('BatchMatMul', tf.getBackend());
    const { backend, kernels, runs, restore } = fastKernels();
    expect([backend, kernels, runs]).toEqual([tf.getBackend(), [], 0]);
    expect(tf.getKernel('BatchMatMul', tf.getBackend())).toBe(before);
    restore();
  });

  test('fastKernels refuses a backend that is not registered', () => {
    expect(() => fastKernels('wasmm')).toThrow(
      'fastKernels: backend must be registered (await tf.ready() first), got "wasmm"',
    );
  });

  onWasm('multiplies transposed matrices, batches among them, as the cpu backend does', async () => {
    const fast = fastKernels();
    const small = fc.integer({ min: 1, max: 9 });
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.record({ m: small, k: small, n: small, seed: fc.nat(1000) }),
          fc.constantFrom([1, 1], [2, 2], [3, 1], [1, 3]),
          fc.boolean(),
          fc.boolean(),
          async ({ m, k, n, seed }, [batchA, batchB], transposeA, transposeB) => {
            const inputs = () => ({
              a: digits([batchA!, ...(transposeA ? [k, m] : [m, k])], seed),
              b: digits([batchB!, ...(transposeB ? [n, k] : [k, n])], seed + 1),
            });
            await expectSame('BatchMatMul', inputs, { transposeA, transposeB });
          },
        ),
        { numRuns: 60 },
      );
      // More rows than one block of the product has, and none at all.
      await expectSame('BatchMatMul', () => ({ a: digits([1, 300, 70], 1), b: digits([1, 300, 33], 2) }), {
        transposeA: true,
        transposeB: false,
      });
      for (const [transposeA, a] of [
        [true, [0, 2]],
        [false, [2, 0]],
      ] as const)
        expect([...(await valuesOf(tf.matMul(tf.zeros([...a]), tf.zeros([0, 3]), transposeA)))]).toEqual(
          Array(6).fill(0),
        );
      expect(fast.runs).toBeGreaterThan(30);
    } finally {
      fast.restore();
    }
  });

  onWasm(
    'gives the gradients of convolutions that the cpu backend gives, for all shapes, steps and paddings',
    async () => {
      const fast = fastKernels();
      try {
        await fc.assert(
          fc.asyncProperty(image, fc.nat(1000), async (of, seed) => {
            const { batch, height, width, channels, filters, size, strides, pad } = of;
            const inputShape = [batch, height, width, channels] as [number, number, number, number];
            const filterShape = [...size, channels, filters] as [number, number, number, number];
            const { outShape } = tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, 'floor');
            const attrs = { strides, pad, dataFormat: 'NHWC', dimRoundingMode: 'floor' };
            const dy = () => digits(outShape, seed);
            await expectSame('Conv2DBackpropFilter', () => ({ x: digits(inputShape, seed + 1), dy: dy() }), {
              ...attrs,
              filterShape,
            });
            await expectSame('Conv2DBackpropInput', () => ({ dy: dy(), filter: digits(filterShape, seed + 1) }), {
              ...attrs,
              inputShape,
            });
          }),
          { numRuns: 60 },
        );
      } finally {
        fast.restore();
      }
    },
  );

  onWasm('works in parts where patches would be large, and gives the same', async () => {
    const fast = fastKernels();
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC' };
    // 2^12 places are 170 of the 384 lines of 24 places: three parts.
    const [x, filter] = [
      [16, 24, 24, 5],
      [3, 3, 5, 4],
    ] as const;
    try {
      await expectSame('Conv2DBackpropFilter', () => ({ x: digits([...x], 1), dy: digits([16, 24, 24, 4], 2) }), {
        ...attrs,
        filterShape: [...filter],
      });
      await expectSame(
        'Conv2DBackpropInput',
        () => ({ dy: digits([16, 24, 24, 4], 3), filter: digits([...filter], 4) }),
        { ...attrs, inputShape: [...x] },
      );
    } finally {
      fast.restore();
    }
  });

  onWasm('is taken out again, in any order with fillMissingKernels, and leaves kernels of others alone', async () => {
    const kernels = ['BatchMatMul', 'Conv2DBackpropFilter', 'Conv2DBackpropInput'];
    const there = () => kernels.map((name) => tf.getKernel(name, 'wasm')?.kernelFunc);
    const stock = there();
    const [fast, filled] = [fastKernels(), fillMissingKernels()];
    expect(fast.kernels).toEqual(kernels);
    // What stock lacks is filled under the quick kernels, which go on running.
    const quick = there();
    expect(filled.filled).toContain('Conv2DBackpropFilter');
    expect(there()).toEqual(quick);
    fast.restore();
    expect(there()[0]).toBe(stock[0]);
    expect(there()[1]).not.toBe(stock[1]);
    filled.restore();
    expect(there()).toEqual(stock);

    const first = fillMissingKernels();
    const host = there()[1];
    const second = fastKernels();
    expect(there()[1]).not.toBe(host);
    second.restore();
    expect(there()[1]).toBe(host);
    first.restore();
    expect(there()).toEqual(stock);

    // Runs that overlap end in any order.
    for (const order of [
      [0, 1, 2],
      [1, 0, 2],
      [1, 2, 0],
      [0, 2, 1],
    ]) {
      const swaps = [fastKernels(), fillMissingKernels(), fastKernels()];
      for (const i of order) {
        swaps[i]!.restore();
        swaps[i]!.restore();
      }
      expect(there(), order.join()).toEqual(stock);
    }

    const again = fastKernels();
    tf.unregisterKernel('BatchMatMul', 'wasm');
    tf.registerKernel({ kernelName: 'BatchMatMul', backendName: 'wasm', kernelFunc: stock[0]! });
    again.restore();
    again.restore();
    expect(there()).toEqual(stock);
  });

  onWasm('trains a network with the losses of stock, to rounding', async () => {
    const losses = async (): Promise<number[]> => {
      const model = tf.sequential({
        layers: [
          tf.layers.conv2d({
            inputShape: [8, 8, 2],
            filters: 4,
            kernelSize: 3,
            activation: 'tanh',
            kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
          }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
        ],
      });
      model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' });
      const [x, y] = [digits([6, 8, 8, 2], 5), digits([6, 3], 6)];
      const { history } = await model.fit(x, y, { epochs: 4, shuffle: false });
      model.dispose();
      tf.dispose([x, y]);
      return history.loss as number[];
    };
    const filled = fillMissingKernels('wasm', { kernels: ['Conv2DBackpropFilter'] });
    const stock = await losses();
    const fast = fastKernels();
    const ours = await losses();
    // Each of four steps: the gradients of dense and of the convolution, for the weights and for the input.
    expect(fast.runs).toBe(16);
    fast.restore();
    filled.restore();
    expect(stock[3]).toBeLessThan(stock[0]!);
    // Float32 sums of at most 216 terms round by at most 216 · 2⁻²⁴ = 1.3e-5 of the sum of their sizes, a hundredth part of which is
    // moved into a weight in each of four steps.
    for (const [i, loss] of ours.entries()) expect(Math.abs(loss - stock[i]!)).toBeLessThan(1e-5 * stock[i]!);
  });
});
