import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '@weightkit/checkpoint';
import { expect, it } from 'vitest';
import { resultOf, scratch, type TestWeight, weightkit, writeModel } from '../support.ts';

const WEIGHTS: TestWeight[] = [
  { name: 'a/kernel', shape: [2, 4], values: [1, 0, 5, 7, 2, 0, 6, 8] },
  { name: 'a/bias', shape: [4], values: [0, 0, 1, 1] },
  { name: 'b/kernel', shape: [4, 1], values: [1, 2, 3, 4] },
];

const layer = (name: string, units: number, more: object = {}) => ({
  class_name: 'Dense',
  config: { name, units, activation: 'relu', ...more },
});
const topology = () => ({
  class_name: 'Sequential',
  config: {
    name: 'm',
    layers: [
      layer('a', 4, { batch_input_shape: [null, 2] }),
      { class_name: 'Dense', config: { name: 'b', units: 1, use_bias: false } },
    ],
  },
});
const modelIn = (folder: string): string =>
  writeModel(folder, WEIGHTS, { format: 'layers-model', modelTopology: topology() });

interface Result {
  plan: { layers: { path: string; removed: number[] }[] };
  guarantee: { outputs: string };
  certificate: { compared: number; changed: number };
}

it('weightkit shrink takes what is never seen, and writes what stays bit for bit', async () => {
  const folder = scratch();
  const output = join(folder, 'small', 'model.json');
  const { plan, guarantee, certificate } = await resultOf<Result>(['shrink', modelIn(folder), output]);
  expect(plan.layers.map(({ path, removed }) => [path, removed])).toEqual([
    ['a', [1]],
    ['b', []],
  ]);
  expect(guarantee.outputs).toBe('identity');
  expect(certificate).toMatchObject({ compared: 12, changed: 0 });
  const written = JSON.parse(readFileSync(output, 'utf8'));
  expect(written.modelTopology.config.layers.map(({ config }: never) => (config as { units: number }).units)).toEqual([
    3, 1,
  ]);
  const small = await openCheckpoint(output);
  const values = await Promise.all(small.tensors.map(async (tensor) => [...(await tensor.values())]));
  expect(values).toEqual([
    [1, 5, 7, 2, 6, 8],
    [0, 1, 1],
    [1, 3, 4],
  ]);
  await small.close();
});

it('weightkit shrink takes shares by pattern, and says that the outputs are others', async () => {
  const folder = scratch();
  const args = ['shrink', modelIn(folder), join(folder, 'small'), '--sparsity', 'a=50%', '--dry-run'];
  const { plan, guarantee } = await resultOf<Result>(args);
  expect(plan.layers[0]!.removed).toEqual([0, 1]);
  expect(guarantee.outputs).toBe('none');
  const shown = await weightkit([...args, '--format', 'pretty'], { terminal: 100 });
  expect(shown.out).toContain('outputs: not the same, and by how much only a run can say');
});

it('weightkit shrink keeps the units that --keep lists', async () => {
  const folder = scratch();
  const { plan } = await resultOf<Result>(['shrink', modelIn(folder), join(folder, 'small'), '--keep', 'a=0,2-3']);
  expect(plan.layers[0]!.removed).toEqual([1]);
});

it('weightkit shrink refuses what it cannot do, with what to do', async () => {
  const folder = scratch();
  const model = modelIn(folder);
  const output = join(folder, 'small');
  const refused = async (more: string[], input = model) => {
    const { code, err } = await weightkit(['shrink', input, output, ...more]);
    expect(code).toBeGreaterThanOrEqual(2);
    return err;
  };
  expect(await refused(['--sparsity', '0.5', '--keep', 'a=0'])).toContain('--sparsity and --keep both say');
  expect(await refused(['--sparsity', '2'])).toContain('It must be a share from 0 to below 1');
  expect(await refused(['--sparsity', '0.5', '--sparsity', 'a=0.5'])).toContain('one share, or a share for each');
  expect(await refused(['--keep', 'a'])).toContain('It must be a layer and the units that stay');
  expect(await refused(['--sparsity', 'c=0.5'])).toContain('a pattern must fit a layer that makes units (a, b)');
  expect(await refused([], join(folder, 'none.json'))).toContain('none.json');
  const bare = writeModel(join(folder, 'bare'), WEIGHTS);
  expect(await refused([], bare)).toContain('model.json must have a modelTopology');
});
