// Draws the figures of pages: of docs/viz/gallery.md and docs/start/grids.md by the code that stands there, of
// docs/start/post-training-quantization.md by what was measured.
import { readFileSync } from 'node:fs';
import * as numerics from '@weightkit/numerics';
import * as quantization from '@weightkit/quantization';
import * as viz from '@weightkit/viz';
import { bitsFigures } from '../../benchmarks/bits-figures.mjs';
import { still } from './drawings.mjs';

/** The pages, by the folders beside them that have their pictures as files, for who reads them elsewhere. */
export const PAGES = {
  gallery: new URL('../docs/viz/gallery.md', import.meta.url),
  grids: new URL('../docs/start/grids.md', import.meta.url),
};
const packages = { numerics, quantization, viz };

/** The figure that a block of code makes. */
function figureOf(code) {
  const body = code.replaceAll(/^import \{(.*?)\} from '@weightkit\/(\w+)';$/gms, 'const {$1} = packages.$2;');
  return new Function('packages', 'console', `'use strict';${body}; return figure;`)(packages, { log: () => {} });
}

/** The figures of a page, by the headings of the sections that have one. */
export const figuresOf = (page) =>
  readFileSync(PAGES[page], 'utf8')
    .split(/^## /m)
    .slice(1)
    .filter((section) => section.includes(`](${page}/`))
    .map((section) => [section.split('\n')[0], figureOf(/^```js\n(.*?)^```$/ms.exec(section)[1])]);

/** The figures of accuracy against bits, by the names of their files in docs/start/bits. */
export const measuredFigures = () =>
  Object.entries(bitsFigures(JSON.parse(readFileSync(new URL('../../benchmarks/bits.json', import.meta.url), 'utf8'))));

/** Adds the drawings of the pages, each named as its section or its file. */
export function drawGallery(drawings) {
  const pages = Object.keys(PAGES).map((page) => [page, figuresOf(page)]);
  for (const [page, figures] of [...pages, ['bits', measuredFigures()]])
    for (const [name, figure] of figures) drawings.add(page, name, still(figure, name, { wide: 640, narrow: 340 }));
}
