import { filterGrid, heatmap, lineChart } from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { cellHints, type Hint, hint, hints, hintsOf, said } from '../../src/marks/hints.ts';
import { node } from '../../src/marks/tree.ts';
import type { CellTexts } from '../../src/page/attach.ts';
import { charts } from '../figures.ts';

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** What a page is told. */
function toldIn(svg: string): (Hint | CellTexts)[] {
  const found = /<metadata>(.*?)<\/metadata>/s.exec(svg)?.[1] ?? '[]';
  return JSON.parse(found.replace(/&(#?\w+);/g, (_, name: string) => entities[name]!));
}

const isHint = (one: Hint | CellTexts): one is Hint => Array.isArray(one);

/** The places of a page's drawing with their texts, those of cells at their middles. */
const placesOf = (svg: string): Hint[] =>
  toldIn(svg).flatMap((one): Hint[] => {
    if (isHint(one)) return [one];
    const { x, y, rows, columns, values, across } = one;
    const middle = (edges: readonly number[], i: number) => (edges[i]! + edges[i + 1]!) / 2;
    return values.split(';').map((value, i): Hint => {
      const [row, column] = [Math.floor(i / (x.length - 1)), i % (x.length - 1)];
      const names = [rows, columns].map((names, k) => {
        const at = [row, column][k]!;
        return typeof names === 'string' ? names + at : names[at]!;
      });
      return [middle(x, column), middle(y, row), `${(across ? names.reverse() : names).join(', ')}: ${value}`];
    });
  });

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

  it('has few of many: 400 of a list, evenly', () => {
    const many = hints(
      Array.from({ length: 10_000 }, (_, i) => i),
      (i) => [i, 0, String(i)],
    );
    expect(many).toHaveLength(400);
    expect(many[0]!.children).toEqual(['0']);
    expect(many.at(-1)!.children).toEqual(['9999']);
  });

  it('has all of a grid, of 200 by 200 cells as well, in less than ten bytes each, and moves them with their part', () => {
    const values = Float64Array.from({ length: 40_000 }, (_, i) => Math.sin(i));
    const page = heatmap({ values, shape: [200, 200] }).svg({ variables: true });
    const places = placesOf(page);
    expect(places).toHaveLength(40_000);
    expect(places[200 * 7 + 3]![2]).toBe(`row 7, column 3: ${said(Math.sin(1403))}`);
    const told = JSON.stringify(toldIn(page));
    expect(told.length).toBeLessThan(400_000);
    const grid = cellHints([[1, Number.NaN]], { x: [0, 10, 20], y: [0, 5], rows: ['a'], columns: 'c ' });
    expect(hintsOf(node('g', { transform: 'translate(1,2) scale(2)' }, grid))).toEqual([
      { x: [1, 21, 41], y: [2, 12], rows: ['a'], columns: 'c ', values: '1;NaN' },
    ]);
  });

  it('has the value of each pixel of a filter, of three channels each of them', () => {
    const gray = filterGrid({ values: [0, 1].map((y) => [0, 1].map((x) => [[y - x / 2, 10 * x]])) });
    const texts = placesOf(gray.svg({ variables: true })).map(([, , text]) => text);
    for (const text of ['0, row 1, column 1: 0.5', '1, row 0, column 1: 10', '0, row 0, column 0: 0'])
      expect(texts).toContain(text);
    const rgb = filterGrid({ values: [[[[0.5], [Number.NaN], [-1]]]] }, { color: 'rgb' });
    expect(placesOf(rgb.svg({ variables: true })).at(-1)![2]).toBe('0, row 0, column 0: 0.5 NaN −1');
  });

  it('says of a line what its values are, those outside of the plot and those that are none left out', () => {
    const figure = lineChart({ series: [{ name: 'loss', y: [2, Number.NaN, 9, 1] }] }, { yDomain: [0, 3] });
    expect(placesOf(figure.svg({ variables: true })).map(([, , text]) => text)).toEqual([
      'loss: 2 at 0',
      'loss: 1 at 3',
    ]);
  });
});
