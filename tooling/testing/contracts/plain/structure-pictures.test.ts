import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { prune, type Structure } from '@weightkit/pruning';
import { maskChart } from '@weightkit/viz';
import { expect, it } from 'vitest';

// The pictures of structures that files do not have; the others are in scripts/test/structure-pictures.test.ts. Written anew by
// `npx vitest run -u --project plain tooling/testing/contracts/plain/structure-pictures.test.ts`.
const guide = new URL('../../../../website/docs/start/', import.meta.url);
const page = readFileSync(new URL('pruning.md', guide), 'utf8');
const at = (name: string) => fileURLToPath(new URL(`structures/${name}.svg`, guide));

/** Values from a seed; entries with the same number are stronger or weaker together, as in networks that have learned. */
function valuesOf(name: string, numbers: readonly number[]): Float32Array {
  const values = fillNormal(new Float32Array(numbers.length), randomKey(5, name));
  const strength = fillNormal(new Float32Array(Math.max(...numbers) + 1), randomKey(6, name));
  return values.map((value, i) => value * Math.exp(strength[numbers[i]!]! / 3));
}

/** The kernel of a layer after pruning, read at hand. */
async function kernelAfter(layer: tf.layers.Layer, values: Float32Array, structure: Structure): Promise<Float32Array> {
  const model = tf.sequential({ layers: [layer] });
  const { shape } = layer.getWeights()[0]!;
  tf.tidy(() => layer.setWeights([tf.tensor(values, shape)]));
  const pruning = await prune(model, { sparsity: 0.5, structure });
  pruning.fold();
  const left = (await layer.getWeights()[0]!.data()) as Float32Array;
  model.dispose();
  return left;
}

it('{ axis } takes whole windows of a convolution', async () => {
  const [size, inputs, filters] = [3, 4, 4];
  const pairs = inputs * filters;
  const windows = Array.from({ length: size * size * pairs }, (_, i) => i % pairs);
  const layer = tf.layers.conv2d({ filters, kernelSize: size, useBias: false, inputShape: [8, 8, inputs] });
  const kernel = await kernelAfter(layer, valuesOf('conv', windows), { axis: [-2, -1] });
  // One window for each input and filter, side by side.
  const [rows, columns] = [inputs * size, filters * size];
  const matrix = Float32Array.from({ length: rows * columns }, (_, k) => {
    const [row, column] = [Math.floor(k / columns), k % columns];
    const place = (row % size) * size + (column % size);
    return kernel[place * pairs + Math.floor(row / size) * filters + Math.floor(column / size)]!;
  });
  const figure = maskChart(
    { values: matrix, shape: [rows, columns] },
    {
      block: [size, size],
      show: 'values',
      title: 'Windows',
      xLabel: 'filter × window',
      yLabel: 'input × window',
      width: 340,
    },
  );
  expect(figure.description).toContain('Blocks of 3 × 3: 8 of 16 pruned whole, none in part');
  await expect(figure.svg()).toMatchFileSnapshot(at('windows'));
  expect(page).toContain('](structures/windows.svg)');
});

it('{ groups } takes heads of four units', async () => {
  const [inputs, units] = [12, 16];
  const heads = Array.from({ length: inputs * units }, (_, i) => Math.floor((i % units) / 4));
  const layer = tf.layers.dense({ units, useBias: false, inputShape: [inputs], name: 'q' });
  const kernel = await kernelAfter(layer, valuesOf('q', heads), { groups: [{ 'q/kernel': heads }] });
  const figure = maskChart(
    { values: kernel, shape: [inputs, units] },
    { block: [inputs, 4], show: 'values', title: 'Heads of four', xLabel: 'unit', width: 340 },
  );
  expect(figure.description).toContain('2 of 4 pruned whole, none in part');
  await expect(figure.svg()).toMatchFileSnapshot(at('heads'));
  expect(page).toContain('](structures/heads.svg)');
});
