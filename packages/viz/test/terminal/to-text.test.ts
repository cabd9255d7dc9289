import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { bandChart, decisionBoundary, heatmap, lineChart, sizeChart } from '@weightkit/viz';
import { toText } from '@weightkit/viz/terminal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../src/terminal/width.ts';
import { anyFigure } from '../any-data.ts';
import { charts, cpuTime, textsOf } from '../figures.ts';

const size = (line: string) => Array.from(line).reduce((sum, character) => sum + cellsOf(character), 0);
const fileOf = (name: string) => fileURLToPath(new URL(`text/${name.replaceAll(' ', '-')}.txt`, import.meta.url));

describe.each(Object.entries(charts))('%s', (name, chart) => {
  // Written by `npx vitest run -u packages/viz/test/terminal`.
  it('toText() is the text that was looked at', async () => {
    await expect(`${toText(chart())}\n`).toMatchFileSnapshot(fileOf(name));
  });

  it.each([20, 40, 66, 80, 113, 200])('toText({width: %d}) has no line wider, none with spaces at its end', (width) => {
    const lines = toText(chart(), { width }).split('\n');
    for (const line of lines) expect(size(line)).toBeLessThanOrEqual(width);
    expect(lines.filter((line) => line.endsWith(' '))).toEqual([]);
    expect(lines.length).toBeGreaterThan(3);
  });

  it('toText() has the words of the drawing', () => {
    const figure = chart();
    // Laid out as wide as 120 columns are.
    const text = toText(figure, { width: 120 });
    const words = textsOf(figure.svg({ width: 780 })).filter((word) => /^[A-Za-z][A-Za-z ]{2,}$/.test(word));
    expect(words.length).toBeGreaterThan(0);
    const lost = words.filter((word) => !text.includes(word));
    expect(lost).toEqual([]);
  });

  it('toText({color}) has as many lines, each of which ends as it began', () => {
    const plain = toText(chart()).split('\n');
    for (const color of [true, 256] as const) {
      const lines = toText(chart(), { color }).split('\n');
      expect(lines).toHaveLength(plain.length);
      for (const line of lines) {
        expect(size(stripVTControlCharacters(line))).toBeLessThanOrEqual(80);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what sequences begin with
        expect(line.match(/\u001b\[[\d;]*m/g)?.at(-1) ?? '\u001b[0m').toBe('\u001b[0m');
      }
    }
  });
});

describe('toText(figure, options)', () => {
  const line = () => lineChart({ series: [{ name: 'a', y: [0, 1] }] }, { title: 'Up' });

  it('draws a line from its first value to its last', () => {
    const rows = toText(line()).split('\n');
    const braille = (row: string) => [...row].findIndex((character) => character > '\u2800' && character <= '\u28ff');
    const [top, bottom] = [rows.findIndex((row) => /^ +1 /.test(row)), rows.findIndex((row) => /^ +0 /.test(row))];
    expect(bottom - top).toBeGreaterThan(10);
    expect(braille(rows[top]!)).toBeGreaterThan(70);
    for (let row = top; row < bottom - 1; row++) expect(braille(rows[row]!)).toBeGreaterThan(braille(rows[row + 1]!));
  });

  it('draws bars as long as their values', () => {
    const figure = sizeChart({ stages: [400, 100].map((bytes, i) => ({ name: `stage ${i}`, bytes })) });
    const lengths = toText(figure, { width: 120 })
      .split('\n')
      .map((row) => row.match(/█/g)?.length ?? 0)
      .filter((length) => length > 4);
    expect(lengths.length).toBeGreaterThan(1);
    // Each is right to half a cell at both ends.
    expect(Math.abs(Math.max(...lengths) / 4 - Math.min(...lengths))).toBeLessThanOrEqual(1.25);
  });

  it('tells values below 0 from those above by their texture, and lines by their dashes', () => {
    const text = toText(heatmap({ values: [[-2, 2]] }));
    expect(text).toContain('####');
    expect(text).toContain('████');
    const dashed = toText(lineChart({ series: [0, 1].map((y) => ({ name: `line ${y}`, y: [y, y] })) }));
    const [first, second] = /.*line 1/
      .exec(dashed)![0]
      .split(/line \d/)
      .map((swatch) => swatch.trim());
    expect(first).toMatch(/^[\u2801-\u28ff]+$/);
    expect(second).toMatch(/^[\u2801-\u28ff ]+$/);
    expect(first).not.toBe(second);
  });

  it('gives the area of each of 12 classes a texture of its own, the one beside its mark in the legend', () => {
    const classes = Array.from({ length: 12 }, (_, i) => `class ${i}`);
    const scores = classes.map((_, k) => classes.map((_, c) => (c === k ? 1 : 0)));
    const figure = decisionBoundary({ values: [scores, scores], classes, x: classes.map((_, i) => 10 * i) });
    const rows = toText(figure, { width: 160 }).split('\n');
    const legend = rows.filter((row) => row.includes('class')).join(' ');
    const textures = classes.map(
      (name) =>
        legend
          .split(new RegExp(`${name}(?!\\d)`))[0]!
          .trimEnd()
          .at(-1)!,
    );
    expect(new Set(textures).size).toBe(12);
    // From left to right, as the classes lie.
    const plane = rows.filter((row) => !row.includes('class') && row.includes(textures[5]!.repeat(4)))[1]!;
    const order = textures.map((texture) => plane.indexOf(texture.repeat(4)));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order[0]).toBeGreaterThan(0);
  });

  it('shows points of classes by the signs most like their marks', () => {
    const points = [
      { x: 0.25, y: 0.5, class: 0 },
      { x: 0.75, y: 0.5, class: 1 },
    ];
    const text = toText(
      decisionBoundary({
        values: [
          [0, 1],
          [0, 1],
        ],
        points,
      }),
    );
    for (const sign of '●■') expect(text.split(sign)).toHaveLength(3);
  });

  it('shows what is NaN, infinite and missing by its sign', () => {
    const y = [1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, 2];
    const text = toText(lineChart({ series: [{ name: 'a', y }] }));
    for (const sign of '×▲▼○') expect(text.split(sign)).toHaveLength(3);
  });

  it('writes the colors of the drawing: text in the color of the terminal, a cell on its own ground', () => {
    const text = toText(heatmap({ values: [[-2, 2]] }), { color: true });
    expect(text).toContain('48;2;135;56;1m    ');
    expect(text).toContain('48;2;0;83;140m    ');
    expect(toText(line(), { color: true })).toContain('\u001b[1mUp');
    expect(toText(line(), { color: true })).toMatch(/38;2;0;114;178m[\u2801-\u28ff]/);
    // Of xterm's cube 0, 95, 135, 175, 215, 255 the nearest to (0, 114, 178) is (0, 95, 175): 16 + 6 * 1 + 3.
    expect(toText(line(), { color: 256 })).toMatch(/38;5;25m[\u2801-\u28ff]/);
    expect(toText(line())).not.toContain('\u001b');
  });

  it('replaces what a terminal would obey', () => {
    const text = toText(lineChart({ series: [{ name: 'a', y: [1] }] }, { title: 'a\u001b[2Jb\u009b' }), {
      color: true,
    });
    expect(stripVTControlCharacters(text)).toContain('a�[2Jb�');
  });

  it('keeps wide characters and marks within the columns', () => {
    const names = ['重み重み重み重み', 'e\u0301e\u0301', '😀😀'];
    const text = toText(bandChart({ bands: names.map((name) => ({ name, low: [1, 2], high: [2, 3] })) }), {
      width: 40,
    });
    for (const name of names) expect(text).toContain(name);
    for (const row of text.split('\n')) expect(size(row)).toBeLessThanOrEqual(40);
  });

  it.each([
    [{ width: 19 }, 'toText: width must be a whole number in [20, 600], got 19'],
    [{ width: 80.5 }, 'toText: width must be a whole number in [20, 600], got 80.5'],
    [{ color: 16 }, 'toText: color must be true, false or 256, got 16'],
    [{ colour: true }, 'toText: options must be among width, color, got "colour"'],
  ])('rejects %o', (options, message) => {
    expect(() => toText(line(), options as never)).toThrow(message);
  });

  it('takes a copy of a figure with another table, and rejects what no chart made', () => {
    const figure = line();
    expect(toText({ ...figure, table: { columns: [], rows: [] } })).toBe(toText(figure));
    for (const other of [undefined, null, {}, { svg: () => '<svg/>' }])
      expect(() => toText(other as never)).toThrow(/^toText: figure must be a figure of a chart, got /);
  });
});

it.each(Object.entries(anyFigure))('%s of any data is text of bounded size, in bounded time', (_, any) => {
  fc.assert(
    fc.property(any, fc.integer({ min: 20, max: 120 }), (figure, width) => {
      let text = '';
      const time = cpuTime(() => {
        text = toText(figure, { width });
      });
      expect(time).toBeLessThan(3000);
      for (const row of text.split('\n')) expect(size(row)).toBeLessThanOrEqual(width);
    }),
    { numRuns: 25, endOnFailure: true },
  );
});
