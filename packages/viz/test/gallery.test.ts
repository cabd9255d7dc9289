import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as viz from '@weightkit/viz';
import { describe, expect, it } from 'vitest';

const page = new URL('../../../website/docs/viz/gallery.md', import.meta.url);
const sections = readFileSync(page, 'utf8').split(/^## /m).slice(1);

/** The figure that the code of a section makes. */
function figureOf(code: string): viz.Figure {
  const body = code.replace(/^import \{(.*?)\} from '@weightkit\/viz';$/ms, 'const {$1} = viz;');
  return new Function('viz', 'console', `'use strict';${body}; return figure;`)(viz, { log: () => {} });
}

// The pictures are written by `npx vitest run -u packages/viz/test/gallery.test.ts`.
describe('the gallery', () => {
  it('has a section of its own for every chart, whose name is that of its picture', () => {
    const charts = Object.entries(viz).flatMap(([name, chart]) =>
      typeof chart === 'function' && !['report', 'interactive'].includes(name) ? name : [],
    );
    const names = sections.map((section) => section.split('\n')[0]!);
    expect([...names].sort()).toEqual(charts.sort());
    for (const [i, name] of names.entries())
      expect(sections[i]).toMatch(new RegExp(`^!\\[[^\\]]{10,}\\]\\(gallery/${name}\\.svg\\)$`, 'm'));
  });

  it.each(sections.map((section) => [section.split('\n')[0]!, section]))(
    'shows what the code of %s draws',
    async (name, section) => {
      const code = /^```js\n(.*?)^```$/ms.exec(section)![1]!;
      await expect(figureOf(code).svg()).toMatchFileSnapshot(fileURLToPath(new URL(`gallery/${name}.svg`, page)));
    },
  );
});
