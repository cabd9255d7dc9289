import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { openCheckpoint } from '@weightkit/checkpoint';
import { darkTheme } from '@weightkit/viz';
import { expect, test } from 'vitest';
import { type ColorKernel, colorFilters, fetchPackage, grayness, neighbors, openModel, ZOO } from '../src/index.ts';

// First layers that others trained on photographs, in color; `node scripts/color-filters.mjs` draws the picture of lesson 18.

const WRITES = process.env.WEIGHTKIT_WRITE_FILTERS === '1';
/** A phone's column: where it is shown, it is as large as it is drawn. */
const WIDTH = 340;
const packageOf = (name: string) => ZOO.find((one) => one.name === name)!;

test('the picture of lesson 18 is the first layer of a published face recognizer', async ({ skip }) => {
  const face = packageOf('@vladmandic/face-api');
  const fetched = await fetchPackage(face);
  if ('reason' in fetched) return skip(fetched.reason);
  const { source } = await openModel(fetched.folder, face.models.find(({ file }) => file.includes('recognition'))!);
  const weights = source as tf.NamedTensorMap;
  const filters = weights['conv32_down/conv/filters']!;
  expect(filters.shape).toEqual([7, 7, 3, 32]);
  const figure = colorFilters({ values: await filters.data(), shape: filters.shape as never });
  tf.dispose(weights);
  // An image shows nothing to a pointer.
  const drawing = figure
    .svg({ width: WIDTH, idPrefix: 'color-filters', variables: true })
    .replace(/<metadata>.*?<\/metadata>/s, '');
  const dark = drawing.replace(/<\/svg>$/, `<style>svg{${darkTheme}}</style></svg>`);
  for (const [name, svg] of [
    ['color-filters', drawing],
    ['color-filters-dark', dark],
  ] as const) {
    const path = new URL(`../../../lessons/seeing-filters/${name}.svg`, import.meta.url);
    if (WRITES) writeFileSync(path, svg);
    expect(readFileSync(path, 'utf8')).toBe(svg);
  }
});

test('filters of 3 × 3 of a published upscaler are as colorful as noise, and hardly smoother', async ({ skip }) => {
  const upscaler = packageOf('@upscalerjs/default-model');
  const fetched = await fetchPackage(upscaler);
  if ('reason' in fetched) return skip(fetched.reason);
  const { tensors, close } = await openCheckpoint(join(fetched.folder, upscaler.models[0]!.file));
  const first = tensors.find(({ name }) => name === 'F_m1/kernel')!;
  const kernel = { values: await first.values(), shape: first.shape } as unknown as ColorKernel;
  await close();
  expect(kernel.shape).toEqual([3, 3, 3, 64]);
  expect(Math.abs(neighbors(kernel))).toBeLessThan(0.1);
  // A third is what independent weights have.
  expect(Math.abs(grayness(kernel) - 1 / 3)).toBeLessThan(0.05);
});
