import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type PictureData, pictures } from '../src/pictures.ts';

const images = new URL('../../../docs/images/', import.meta.url);
const textOf = (file: string) => readFileSync(new URL(file, images), 'utf8');

it('the pictures of the README are what the charts draw of the tour’s numbers', () => {
  const drawn = pictures(JSON.parse(textOf('tour.json')) as PictureData);
  for (const [file, svg] of Object.entries(drawn))
    expect(textOf(file), `${file} is stale: run npm run build, then node scripts/pictures.mjs`).toBe(svg);
});
