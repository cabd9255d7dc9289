import {
  type Figure,
  gradientFlow,
  importanceChart,
  layerChart,
  pairedDots,
  runTimeline,
  sizeChart,
} from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyFigure } from './any-data.ts';
import { boxesOf, outsideOf, overlapsOf } from './boxes.ts';
import { charts, markupOf } from './figures.ts';

const WIDTHS = [120, 121, 150, 200, 240, 340, 640, 1000, 4000];
const long = 'a/very/long/name/of_a_layer/kernel '.repeat(3).trim();

it('sees what is outside and what overlaps', () => {
  const text = (x: number, y: number, word: string) => `<text x="${x}" y="${y}">${word}</text>`;
  const svg = `<svg viewBox="0 0 100 50"><g transform="translate(0,20)">${text(90, 10, 'beyond')}${text(10, 10, 'one')}${text(20, 12, 'two')}</g><path d="M1,1V60"/></svg>`;
  expect(outsideOf(svg)).toHaveLength(2);
  expect(overlapsOf(svg)).toEqual(['"one" () and "two" ()']);
});

describe.each(Object.entries(charts))('%s', (_name, chart) => {
  it.each(WIDTHS)('keeps everything inside a drawing %d pixels wide, and no text over another', (width) => {
    const svg = chart().svg({ width });
    expect(svg).toContain(`viewBox="0 0 ${width} `);
    expect(markupOf(svg)).not.toMatch(/NaN|Infinity|undefined/);
    expect(outsideOf(svg)).toEqual([]);
    expect(overlapsOf(svg)).toEqual([]);
  });

  it.each([120, 640])('keeps a long title and long names of axes inside a drawing %d pixels wide', (width) => {
    const svg = chart({ title: long }).svg({ width });
    expect(outsideOf(svg)).toEqual([]);
    expect(overlapsOf(svg)).toEqual([]);
  });
});

it.each(Object.entries(anyFigure))('%s keeps any data inside a drawing of any width', (_name, any) => {
  fc.assert(
    fc.property(any, (figure) => {
      expect(outsideOf(figure.svg())).toEqual([]);
    }),
    { numRuns: 40, interruptAfterTimeLimit: 10_000 },
  );
});

// A number of a scale every 70 pixels is enough; two say no more than where it begins and ends.
const numbered = Object.entries(charts).filter(([, chart]) => /x-axis numbers/.test(chart().svg()));
it.each(numbered)('%s has three numbers or more on each axis of a phone, none over another', (name, chart) => {
  for (const width of [320, 360, 390]) {
    const svg = chart().svg({ width });
    expect(overlapsOf(svg)).toEqual([]);
    const boxes = boxesOf(svg).filter((box) => box.name === 'text');
    for (const mark of ['x-axis numbers', 'y-axis numbers']) {
      const numbers = boxes.filter((box) => box.mark === mark);
      // Panels have three each as soon as they are wide enough.
      if (numbers.length > 0) expect(numbers.length, `${mark} of ${name} at ${width}`).toBeGreaterThanOrEqual(3);
    }
  }
});

// Heights that a caller asks for may be too low for all texts of rows.
const rows: Record<string, (names: readonly string[], options: { height: number }) => Figure> = {
  gradientFlow: (names, options) => gradientFlow({ layers: names.map((name) => ({ name, mean: 0, max: 1 })) }, options),
  importanceChart: (names, options) =>
    importanceChart({ importances: names.map((name, i) => ({ name, value: i })) }, options),
  layerChart: (names, options) =>
    layerChart({ layers: names.map((name, i) => ({ name, values: { a: i, b: null } })) }, options),
  pairedDots: (names, options) => pairedDots({ rows: names.map((name, i) => ({ name, from: i, to: 1 })) }, options),
  runTimeline: (names, options) =>
    runTimeline({ lanes: names.map((name, i) => ({ name, spans: [{ from: i, to: i + 1 }] })) }, options),
  sizeChart: (names, options) => sizeChart({ stages: names.map((name, i) => ({ name, bytes: i })) }, options),
};
it.each(Object.entries(rows))('%s writes no text over another, however low its rows', (_name, draw) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 120, max: 600 }),
      fc.constantFrom('n', '<b>&', 'שכבה', '層の名前'),
      (count, height, word) => {
        const names = Array.from({ length: count }, (_, i) => `${word} ${i}`);
        const svg = draw(names, { height }).svg();
        expect(overlapsOf(svg)).toEqual([]);
        expect(outsideOf(svg)).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});
