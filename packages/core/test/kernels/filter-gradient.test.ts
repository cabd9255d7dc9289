import * as tf from '@tensorflow/tfjs';
import { allowBackend } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterGradient } from '../../src/kernels/filter-gradient.ts';
import { hostKernel } from '../../src/kernels/host-kernels.ts';

const images = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 3, max: 6 }),
  width: fc.integer({ min: 3, max: 5 }),
  channels: fc.integer({ min: 1, max: 3 }),
  filters: fc.integer({ min: 1, max: 3 }),
  size: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })),
  pad: fc.constantFrom('same' as const, 'valid' as const, 1),
  dataFormat: fc.constantFrom('NHWC' as const, 'NCHW' as const),
});

describe('filterGradient', () => {
  test('filterGradient of a filter in one dimension is the sum of x · dy at each of its places', () => {
    const none = { inputs: 1, outputs: 1, size: 1, stride: 1, before: 0 };
    const shape = {
      batch: 1,
      rows: none,
      columns: { inputs: 3, outputs: 3, size: 3, stride: 1, before: 1 },
      inChannels: 1,
      outChannels: 1,
      xStrides: [3, 3, 1, 1],
      dyStrides: [3, 3, 1, 1],
    } as const;
    expect([...filterGradient([2, 3, 5], [7, 11, 13], shape)]).toEqual([
      2 * 11 + 3 * 13,
      2 * 7 + 3 * 11 + 5 * 13,
      3 * 7 + 5 * 11,
    ]);
  });

  test('the kernel of ours gives what that of the cpu backend gives, bit for bit, for all shapes, steps, paddings and orders', async () => {
    await allowBackend('cpu', async () => {
      const own = tf.getBackend();
      await tf.setBackend('cpu');
      try {
        const cpu = tf.findBackend('cpu');
        const stock = tf.getKernel('Conv2DBackpropFilter', 'cpu')!.kernelFunc;
        const ours = hostKernel('Conv2DBackpropFilter', () => {})!;
        fc.assert(
          fc.property(images, fc.integer({ min: 0, max: 1000 }), (image, seed) => {
            const { batch, height, width, channels, filters, size, strides, pad, dataFormat } = image;
            const format = tf.backend_util.convertConv2DDataFormat(dataFormat);
            const xShape = (
              dataFormat === 'NHWC' ? [batch, height, width, channels] : [batch, channels, height, width]
            ) as [number, number, number, number];
            const filterShape = [...size, channels, filters] as [number, number, number, number];
            const { outShape } = tf.backend_util.computeConv2DInfo(
              xShape,
              filterShape,
              strides,
              1,
              pad,
              'floor',
              false,
              format,
            );
            const x = tf.randomNormal(xShape, 0, 1, 'float32', seed);
            const dy = tf.randomNormal(outShape, 0, 1, 'float32', seed + 1);
            const attrs = { filterShape, strides, pad, dataFormat, dimRoundingMode: 'floor' };
            const call = (kernel: tf.KernelFunc): number[] => {
              const result = kernel({ inputs: { x, dy }, attrs, backend: cpu }) as tf.TensorInfo;
              const values = [...(cpu.readSync(result.dataId) as Float32Array)];
              cpu.disposeData(result.dataId);
              expect(result.shape).toEqual(filterShape);
              return values;
            };
            expect(call(ours)).toEqual(call(stock));
            tf.dispose([x, dy]);
          }),
        );
      } finally {
        await tf.setBackend(own);
      }
    });
  });
});
