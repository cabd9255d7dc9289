import { runTimeline } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../src/charts/timeline-layout.ts';
import { boxesOf } from '../boxes.ts';
import { count, cpuTime, textsOf } from '../figures.ts';

const lanes = [
  {
    name: 'phases',
    spans: [
      { name: 'warm up', from: 0, to: 10 },
      { name: 'train', from: 10, to: 40 },
    ],
  },
  { name: 'files', events: [{ name: 'best', at: 30 }, { at: 5 }] },
];

describe('rowsOf(spans)', () => {
  it('lets no two spans of a row overlap, in as many rows as spans overlap anywhere', () => {
    const whole = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(whole, fc.integer({ min: 1, max: 6 })), { maxLength: 12 }), (all) => {
        const spans = all.map(([from, length], i) => ({ name: `${i}`, from, to: from + length }));
        const placed = rowsOf(spans);
        expect(placed.crowded).toBe(0);
        expect(placed.spans.map(({ name }) => Number(name)).sort((a, b) => a - b)).toEqual([...spans.keys()]);
        for (const a of placed.spans) {
          for (const b of placed.spans) {
            if (a !== b && a.row === b.row) expect(a.to <= b.from || b.to <= a.from).toBe(true);
          }
        }
        const depth = Math.max(
          0,
          ...spans.map(({ from }) => spans.filter((other) => other.from <= from && from < other.to).length),
        );
        expect(placed.rows).toBe(depth);
      }),
      { numRuns: 300 },
    );
  });
});

describe('runTimeline(data, options)', () => {
  it('draws spans from their begin to their end, and events at their place, each lane in a color', () => {
    const svg = runTimeline({ lanes }).svg();
    const boxes = boxesOf(svg);
    const [warm, train] = boxes.filter(({ name, mark }) => name === 'rect' && mark === 'spans');
    // Coordinates have two digits, so lengths are off by 0.01 at most, and three times one by 0.03.
    expect(train!.left).toBeCloseTo(warm!.right, 1);
    expect(train!.right - train!.left).toBeCloseTo(3 * (warm!.right - warm!.left), 1);
    expect(train!.top).toBe(warm!.top);
    const dots = boxes.filter(({ mark, name }) => mark === 'events' && name === 'circle');
    const middles = dots.map(({ left, right }) => (left + right) / 2);
    const unit = (train!.right - warm!.left) / 40;
    expect(middles[0]!).toBeCloseTo(warm!.left + 5 * unit, 1);
    expect(middles[1]!).toBeCloseTo(warm!.left + 30 * unit, 1);
    expect(dots[0]!.top).toBeGreaterThan(train!.bottom);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['phases', 'files', 'warm up', 'train', 'best', 'time']));
    expect(count(svg, /fill="#0072b2"/)).toBe(1);
    expect(count(svg, /fill="#d55e00"/)).toBe(1);
  });

  it('puts spans that overlap below each other, and cuts or leaves out names without room', () => {
    const spans = [
      { name: 'a', from: 0, to: 10 },
      { name: 'b', from: 5, to: 15 },
      { name: 'c', from: 10, to: 20 },
      { name: 'a name that is far too long for its span', from: 20, to: 21 },
      { name: 'moment', from: 100, to: 100 },
    ];
    const svg = runTimeline({ lanes: [{ name: 'lane', spans }] }).svg();
    const [a, b, c, , moment] = boxesOf(svg).filter(({ mark, name }) => name === 'rect' && mark === 'spans');
    expect(b!.top).toBeGreaterThan(a!.bottom);
    expect(c!.top).toBe(a!.top);
    expect(moment!.right - moment!.left).toBeCloseTo(0.5);
    expect(textsOf(svg)).toContain('a');
    expect(textsOf(svg).join()).not.toMatch(/too long|moment/);
  });

  it('says what it shows', () => {
    const figure = runTimeline({ lanes: [...lanes, { name: 'idle' }] }, { xLabel: 'steps' });
    expect(figure.description).toBe(
      '3 lanes of steps from 0 to 40. phases: 2 spans (warm up 0 to 10, train 10 to 40). files: 2 events (best 30, 5). idle: nothing.',
    );
    expect(figure.table).toEqual({
      columns: ['lane', 'name', 'from', 'to'],
      rows: [
        ['phases', 'warm up', 0, 10],
        ['phases', 'train', 10, 40],
        ['files', 'best', 30, ''],
        ['files', '', 5, ''],
      ],
    });
  });

  it('counts what has no place', () => {
    const odd = {
      name: 'odd',
      spans: [
        { from: 0, to: null },
        { from: Number.NaN, to: Number.NaN },
      ],
      events: [{ at: 'Infinity' as const }],
    };
    const figure = runTimeline({ lanes: [odd] });
    expect(figure.description).toBe(
      'One lane of time, nothing has a place. odd: 2 spans, 1 event. Not drawn: 3 not finite (2 NaN, 1 Infinity), 1 missing.',
    );
    expect(textsOf(figure.svg())).toEqual(expect.arrayContaining(['NaN (2)', 'Infinity (1)', 'missing (1)']));
    expect(count(figure.svg(), /data-mark="(spans|events)"/)).toBe(0);
    expect(figure.table.rows[0]).toEqual(['odd', '', 0, 'missing']);
  });

  it('draws of a million spans the longest in bounded time and bytes, and says so', () => {
    const spans = Array.from({ length: 1e6 }, (_, i) => ({ from: i % 1000, to: (i % 1000) + 1 + (i % 7) }));
    const many = [{ name: 'many', spans }, ...Array.from({ length: 99 }, (_, i) => ({ name: `lane ${i}` }))];
    let svg = '';
    const draw = () => {
      svg = runTimeline({ lanes: many }).svg();
    };
    expect(cpuTime(draw, 20_000)).toBeLessThan(20_000);
    expect(svg.length).toBeLessThan(400_000);
    const told = textsOf(svg);
    expect(told).toContain('the first 60 of 100 lanes are drawn');
    expect(told).toContain('the 2000 longest of 1,000,000 spans and events are drawn');
    expect(told.some((text) => /^[\d,]+ spans lie over others$/.test(text))).toBe(true);
    expect(count(svg, /<rect/)).toBeLessThan(2010);
  });

  it.each([
    [{ lanes: [] }, {}, 'runTimeline: lanes must have at least one entry, got []'],
    [{ lanes: [{}] }, {}, 'runTimeline: lanes[0].name must be a string, got undefined'],
    [{ lanes: [{ name: 'a', spans: {} }] }, {}, 'runTimeline: lanes[0].spans must be an array'],
    [{ lanes: [{ name: 'a', events: [null] }] }, {}, 'runTimeline: lanes[0].events[0] must be an object, got null'],
    [
      { lanes: [{ name: 'a', spans: [{ name: 5 }] }] },
      {},
      'runTimeline: lanes[0].spans[0].name must be a string, got 5',
    ],
    [
      { lanes: [{ name: 'a', spans: [{ from: 2, to: 1 }] }] },
      {},
      'runTimeline: lanes[0].spans[0] must not end before it begins, got "2 to 1"',
    ],
    [{ lanes: [{ name: 'a', events: [{ at: '1' }] }] }, {}, 'runTimeline: lanes[0].events[0].at must be a number'],
    [{ lanes }, { xLabel: 5 }, 'runTimeline: xLabel must be a string, got 5'],
  ])('rejects %o with %o', (data, options, message) => {
    expect(() => runTimeline(data as never, options as never)).toThrow(message);
  });
});

it('cuts no name to less than six letters: such a span has none', () => {
  const spans = Array.from({ length: 6 }, (_, i) => ({ name: `epoch number ${i}`, from: i, to: i + 1 }));
  for (let width = 120; width <= 900; width += 20) {
    const svg = runTimeline({ lanes: [{ name: 'l', spans }] }).svg({ width });
    const names = textsOf(svg).filter((text) => /^e.*…/.test(text));
    for (const name of names) expect(name.length).toBeGreaterThanOrEqual(6);
  }
});
