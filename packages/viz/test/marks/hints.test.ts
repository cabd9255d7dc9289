import { lineChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { cellHints, hint, hints, hintsOf } from '../../src/marks/hints.ts';
import { node } from '../../src/marks/tree.ts';
import { charts } from '../figures.ts';

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** The places of a page's drawing with their texts. */
function placesOf(svg: string): [number, number, string][] {
  const found = /<metadata>(.*?)<\/metadata>/s.exec(svg)?.[1] ?? '[]';
  return JSON.parse(found.replace(/&(#?\w+);/g, (_, name: string) => entities[name]!));
}

describe.each(Object.entries(charts))('%s', (_name, chart) => {
  it('has texts for its places in pages, within the drawing, and none in a file', () => {
    const figure = chart();
    const page = figure.svg({ variables: true });
    const places = placesOf(page);
    const [, width, height] = /viewBox="0 0 (\S+) (\S+)"/.exec(page)!.map(Number);
    expect(places.length).toBeGreaterThan(0);
    for (const [x, y, text] of places) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(width!);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(height!);
      expect(text).not.toMatch(/undefined|null|^\s*$/);
    }
    expect(figure.svg()).not.toMatch(/metadata|<hint/);
    expect(page).not.toContain('<hint');
  });
});

describe('hintsOf(drawing)', () => {
  it('finds places in moved and scaled parts, and the titles of disks and rectangles', () => {
    const drawing = node(
      'svg',
      {},
      node('title', {}, 'no place'),
      node('g', { transform: 'translate(10,20)' }, node('g', { transform: 'scale(2)' }, hint(1, 2, 'a'))),
      node('circle', { cx: 3, cy: 4, r: 1 }, node('title', {}, 'b')),
      node('rect', { x: 0, y: 0, width: 4, height: 2 }, node('title', {}, 'c')),
    );
    expect(hintsOf(drawing)).toEqual([
      [12, 24, 'a'],
      [3, 4, 'b'],
      [2, 1, 'c'],
    ]);
  });

  it('has few of many: 400 of a list, evenly, and of a grid all or none', () => {
    const many = hints(
      Array.from({ length: 10_000 }, (_, i) => i),
      (i) => [i, 0, String(i)],
    );
    expect(many).toHaveLength(400);
    expect(many[0]!.children).toEqual(['0']);
    expect(many.at(-1)!.children).toEqual(['9999']);
    const grid = (side: number) => Array.from({ length: side }, () => new Array<number>(side).fill(0));
    expect(cellHints(grid(50), () => [0, 0, ''])).toHaveLength(2500);
    expect(cellHints(grid(51), () => [0, 0, ''])).toEqual([]);
  });

  it('says of a line what its values are, those outside of the plot and those that are none left out', () => {
    const figure = lineChart({ series: [{ name: 'loss', y: [2, Number.NaN, 9, 1] }] }, { yDomain: [0, 3] });
    expect(placesOf(figure.svg({ variables: true })).map(([, , text]) => text)).toEqual([
      'loss: 2 at 0',
      'loss: 1 at 3',
    ]);
  });
});
