import { join } from 'node:path';
import { openCheckpoint } from '@weightkit/checkpoint';
import { expect, it } from 'vitest';
import { resultOf, scratch, type TestWeight, weightkit, writeModel } from '../support.ts';

const WEIGHTS: TestWeight[] = [
  { name: 'a/kernel', shape: [1, 1, 1, 4], values: [4, 1, 2, 3] },
  { name: 'a/bias', shape: [4], values: [5, 6, 7, 8] },
  { name: 'n/gamma', shape: [4], values: [1, 1, 1, 1] },
  { name: 'n/beta', shape: [4], values: [2, 2, 2, 2] },
  { name: 'n/moving_mean', shape: [4], values: [0, 0, 0, 0] },
  { name: 'n/moving_variance', shape: [4], values: [1, 1, 1, 1] },
  { name: 'b/kernel', shape: [4, 2], values: [1, 2, 3, 4, 5, 6, 7, 8] },
  { name: 'b/bias', shape: [2], values: [1, 1] },
];

const layer = (class_name: string, config: object) => ({ class_name, config });
/** A convolution whose batch normalization has its axis in a list, as Keras 2 writes it. */
const modelIn = (folder: string): string =>
  writeModel(folder, WEIGHTS, {
    format: 'layers-model',
    modelTopology: {
      keras_version: '2.2.4',
      model_config: {
        class_name: 'Sequential',
        config: {
          name: 'm',
          layers: [
            layer('Conv2D', { name: 'a', filters: 4, kernel_size: [1, 1], batch_input_shape: [null, 2, 2, 1] }),
            layer('BatchNormalization', { name: 'n', axis: [3], epsilon: 0.001, center: true, scale: true }),
            layer('GlobalAveragePooling2D', { name: 'p' }),
            layer('Dense', { name: 'b', units: 2 }),
          ],
        },
      },
    },
  });

interface Result {
  pruned: { name: string; zeros: [number, number] }[];
  zeros: [number, number];
  groups: { layer: string; groups: number; pruned: number[] }[];
  certificate: { zeroed: number; changed: number; broken: string[] };
}

async function valuesIn(folder: string): Promise<Record<string, number[]>> {
  const made = await openCheckpoint(join(folder, 'model.json'));
  const values = await Promise.all(
    made.tensors.map(async (tensor) => [tensor.name, Array.from((await tensor.values()) as Float32Array)] as const),
  );
  await made.close();
  return Object.fromEntries(values);
}

it('weightkit prune takes filters with their biases and batch normalization, and shrink then takes them out', async () => {
  const folder = scratch();
  const out = join(folder, 'out');
  const args = ['prune', modelIn(folder), out, '--structure', 'unit', '--sparsity', 'a/kernel=0.5'];
  const { groups, zeros, pruned, certificate } = await resultOf<Result>(args);
  expect(groups).toEqual([{ layer: 'a', groups: 4, pruned: [1, 2] }]);
  expect(pruned.map(({ name }) => name)).toEqual(['a/kernel', 'a/bias', 'n/gamma', 'n/beta']);
  expect(zeros).toEqual([0, 8]);
  expect(certificate).toMatchObject({ zeroed: 8, changed: 8, broken: [] });
  expect(await valuesIn(out)).toMatchObject({
    'a/kernel': [4, 0, 0, 3],
    'a/bias': [5, 0, 0, 8],
    'n/gamma': [1, 0, 0, 1],
    'n/beta': [2, 0, 0, 2],
    'b/kernel': [1, 2, 3, 4, 5, 6, 7, 8],
  });
  const small = join(folder, 'small');
  const { plan, guarantee } = await resultOf<{
    plan: { layers: { path: string; removed: number[] }[] };
    guarantee: { outputs: string };
  }>(['shrink', out, small]);
  expect(plan.layers[0]).toMatchObject({ path: 'a', removed: [1, 2] });
  expect(guarantee.outputs).toBe('identity');
  expect((await valuesIn(small))['b/kernel']).toEqual([1, 2, 7, 8]);
});

it('weightkit prune shows which filters stay, and rounds their number to a multiple', async () => {
  const folder = scratch();
  const args = ['prune', modelIn(folder), join(folder, 'out'), '--structure', 'unit', '--filter', 'a/kernel'];
  const shown = await weightkit([...args, '--count', '1', '--dry-run', '--format', 'pretty'], { terminal: 120 });
  expect(shown.out).toContain('a: 3 of 4 stay, without 1');
  const rounded = await resultOf<Result>([...args, '--sparsity', '0.6', '--multiple-of', '2']);
  expect(rounded.groups).toEqual([{ layer: 'a', groups: 4, pruned: [1, 2] }]);
});

it('weightkit prune takes what reads an input of a layer', async () => {
  const folder = scratch();
  const out = join(folder, 'out');
  const { groups } = await resultOf<Result>([
    'prune',
    modelIn(folder),
    out,
    '--structure',
    'channel',
    '--sparsity',
    'b/kernel=0.75',
  ]);
  expect(groups).toEqual([{ layer: 'b', groups: 4, pruned: [0, 1, 2] }]);
  expect((await valuesIn(out))['b/kernel']).toEqual([0, 0, 0, 0, 0, 0, 7, 8]);
});
