// Draws the figures of docs/viz/gallery.md by the code that stands there.
import { readFileSync } from 'node:fs';
import * as viz from '@weightkit/viz';
import { still } from './drawings.mjs';

const page = new URL('../docs/viz/gallery.md', import.meta.url);

/** The figure that a block of code makes. */
function figureOf(code) {
  const body = code.replace(/^import \{(.*?)\} from '@weightkit\/viz';$/ms, 'const {$1} = viz;');
  return new Function('viz', 'console', `'use strict';${body}; return figure;`)(viz, { log: () => {} });
}

/** Adds the drawings of the gallery, each named as its section. */
export function drawGallery(drawings) {
  for (const section of readFileSync(page, 'utf8').split(/^## /m).slice(1)) {
    const name = section.split('\n')[0];
    const [, code] = /^```js\n(.*?)^```$/ms.exec(section);
    drawings.add('gallery', name, still(figureOf(code), name, { wide: 640, narrow: 340 }));
  }
}
