import * as tf from '@tensorflow/tfjs';
import { allowBackend } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { depthwiseFilterGradient, depthwiseInputGradient } from '../../src/kernels/depthwise-gradients.ts';
import { hostKernel } from '../../src/kernels/host-kernels.ts';

const images = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 3, max: 6 }),
  width: fc.integer({ min: 3, max: 5 }),
  channels: fc.integer({ min: 1, max: 3 }),
  multiplier: fc.integer({ min: 1, max: 3 }),
  size: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })),
  pad: fc.constantFrom('same' as const, 'valid' as const, 1),
});

describe('depthwiseFilterGradient and depthwiseInputGradient', () => {
  test('depthwiseFilterGradient and depthwiseInputGradient keep channels apart: of one place they are products', () => {
    const one = { inputs: 1, outputs: 1, size: 1, stride: 1, before: 0 };
    const shape = { batch: 1, rows: one, columns: one, inChannels: 2, outChannels: 4 };
    const strides = { xStrides: [2, 2, 2, 1], dyStrides: [4, 4, 4, 1] } as const;
    expect([...depthwiseFilterGradient([2, 3], [5, 7, 11, 13], { ...shape, ...strides })]).toEqual([10, 14, 33, 39]);
    expect([...depthwiseInputGradient([5, 7, 11, 13], [1, 10, 100, 1000], { ...shape, ...strides })]).toEqual([
      75, 14_100,
    ]);
  });

  test('the kernels of ours give what those of the cpu backend give, bit for bit, for all shapes, steps and paddings', async () => {
    await allowBackend('cpu', async () => {
      const own = tf.getBackend();
      await tf.setBackend('cpu');
      try {
        const cpu = tf.findBackend('cpu');
        const call = (kernel: tf.KernelFunc, inputs: tf.NamedTensorInfoMap, attrs: object) => {
          const result = kernel({ inputs, attrs: attrs as tf.NamedAttrMap, backend: cpu }) as tf.TensorInfo;
          const values = [...(cpu.readSync(result.dataId) as Float32Array)];
          cpu.disposeData(result.dataId);
          return [result.shape, values];
        };
        const expectSame = (name: string, inputs: tf.NamedTensorInfoMap, attrs: object) => {
          const [ours, stock] = [hostKernel(name, () => {})!, tf.getKernel(name, 'cpu')!.kernelFunc];
          expect(call(ours, inputs, attrs)).toEqual(call(stock, inputs, attrs));
        };
        fc.assert(
          fc.property(images, fc.integer({ min: 0, max: 1000 }), (image, seed) => {
            const { batch, height, width, channels, multiplier, size, strides, pad } = image;
            const inputShape = [batch, height, width, channels] as [number, number, number, number];
            const filterShape = [...size, channels, multiplier] as [number, number, number, number];
            const { outShape } = tf.backend_util.computeConv2DInfo(
              inputShape,
              filterShape,
              strides,
              1,
              pad,
              'floor',
              true,
            );
            const [x, filter, dy] = [inputShape, filterShape, outShape].map((shape, i) =>
              tf.randomNormal(shape, 0, 1, 'float32', seed + i),
            ) as [tf.Tensor, tf.Tensor, tf.Tensor];
            const attrs = { strides, pad, dilations: [1, 1], dimRoundingMode: 'floor' };
            expectSame('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { ...attrs, filterShape });
            expectSame('DepthwiseConv2dNativeBackpropInput', { dy, filter }, { ...attrs, inputShape });
            tf.dispose([x, filter, dy]);
          }),
        );
      } finally {
        await tf.setBackend(own);
      }
    });
  });
});
