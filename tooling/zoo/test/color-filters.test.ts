import { readFileSync } from 'node:fs';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { expect, test } from 'vitest';
import { type ColorKernel, colorFilters, grayness, neighbors } from '../src/index.ts';

const folder = new URL('../../../lessons/seeing-filters/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
/** A kernel by a law of its places. */
function kernelOf(side: number, filters: number, law: (y: number, x: number, channel: number) => number): ColorKernel {
  const values = Array.from({ length: side * side * 3 * filters }, (_, i) => {
    const at = Math.floor(i / filters);
    return law(Math.floor(at / 3 / side), Math.floor(at / 3) % side, at % 3);
  });
  return { values, shape: [side, side, 3, filters] };
}

test('neighbors(kernel): 1 of an even filter, −1 of a chessboard, near 0 of noise', () => {
  expect(neighbors(kernelOf(3, 2, () => 5))).toBeCloseTo(1, 12);
  expect(neighbors(kernelOf(4, 1, (y, x) => (-1) ** (y + x)))).toBeCloseTo(-1, 12);
  // A ramp to the right of 0, 1, 2: products 0·1 + 1·2 in each of 3 rows and 2 · (0 + 1 + 4) down the columns.
  const [product, one, other] = [3 * 2 + 2 * 5, 3 * 1 + 2 * 5, 3 * 5 + 2 * 5];
  expect(neighbors(kernelOf(3, 1, (_, x) => x))).toBeCloseTo(product / Math.sqrt(one * other), 12);
});

test('grayness(kernel): 1 where channels are alike, 1/3 where one alone is there, 0 where they add up to 0', () => {
  expect(grayness(kernelOf(3, 2, (y, x) => y - x + 1))).toBeCloseTo(1, 12);
  expect(grayness(kernelOf(3, 1, (_y, _x, channel) => (channel === 1 ? 7 : 0)))).toBeCloseTo(1 / 3, 12);
  expect(grayness(kernelOf(3, 1, (_y, _x, channel) => channel - 1))).toBeCloseTo(0, 12);
});

test('noise has neighbors of 0 and a third of gray, which is what lesson 18 compares with', () => {
  const filters = 2000;
  const values = fillNormal(new Float32Array(3 * 3 * 3 * filters), randomKey(1));
  const kernel: ColorKernel = { values, shape: [3, 3, 3, filters] };
  // Each filter's cosine is of 36 pairs and its share of 9 pixels: both vary by less than 0.2, so their means of 2000 by less than
  // 0.0045; five of that.
  expect(Math.abs(neighbors(kernel))).toBeLessThan(0.0225);
  expect(Math.abs(grayness(kernel) - 1 / 3)).toBeLessThan(0.0225);
});

test('the picture of lesson 18 has 32 filters, twice the same in colors for light and dark pages', () => {
  const [light, dark] = [read('color-filters.svg'), read('color-filters-dark.svg')];
  expect(dark.replace(/<style>.*?<\/style>/, '')).toBe(light);
  const tiles = /<g data-mark="tiles".*?<\/g>/s.exec(light)![0];
  expect(tiles.match(/<title>/g)).toHaveLength(32);
});

test('lesson 18 says of the picture what it is', () => {
  const said = /<desc[^>]*>(.*?)<\/desc>/.exec(read('color-filters.svg'))![1]!;
  const page = read('lesson.mdx');
  const [cosine] = /(?<=cosine of )0\.\d\d/.exec(said)!;
  const [gray] = /\d+ %/.exec(said)!;
  for (const name of ['color-filters.svg', 'color-filters-dark.svg']) expect(page).toContain(`![${said}](${name})`);
  expect(page).toContain(`a cosine of **${cosine}**`);
  expect(page).toContain(`**${gray}** of a filter is gray`);
});

test('colorFilters(kernel) draws its filters, the strongest first', () => {
  const { values, shape } = kernelOf(5, 1, () => 1);
  const two = {
    values: Array.from(values).flatMap((weight) => [weight, 2 * weight]),
    shape: [...shape.slice(0, 3), 2],
  };
  const { table, description } = colorFilters(two as unknown as ColorKernel);
  expect(table.rows.map(([name]) => name)).toEqual(['1', '0']);
  expect(description).toMatch(
    /^2 filters of 5 × 5 pixels in color.* cosine of 1\.00, and 100 % of a filter is gray\.$/,
  );
});
