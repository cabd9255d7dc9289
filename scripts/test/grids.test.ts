import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { figuresOf, PAGES } from '../../website/scripts/gallery.mjs';

// The pictures are written by `npx vitest run -u scripts/test/grids.test.ts`.
const figures = figuresOf('grids');

it.each(figures)('the page of grids shows what the code of %s draws', async (name, figure) => {
  await expect(figure.svg()).toMatchFileSnapshot(fileURLToPath(new URL(`grids/${name}.svg`, PAGES.grids)));
});

it('the page of grids has a picture of each', () => {
  expect(figures.map(([name]) => name)).toEqual(['int4', 'nf4', 'mxfp4', 'float8', 'uint8', 'ternary']);
});
