import { type NetworkData, type NetworkUnit, networkGraph } from '@weightkit/viz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxesOf, outsideOf, overlapsOf } from '../boxes.ts';
import { count, cpuTime } from '../figures.ts';

const small: NetworkData = {
  layers: [
    {
      name: 'input',
      units: [
        { name: 'x1', value: 1 },
        { name: 'x2', value: 0.25 },
      ],
    },
    { name: 'hidden', units: [{ bias: -0.5 }, { name: 'h', value: 'NaN', bias: 0.1 }] },
  ],
  weights: [
    {
      values: [1, -2, 0, 0.5],
      shape: [2, 2],
    },
  ],
};

/** The lines of a drawing, first to last: who, how wide, which color. */
function linesOf(svg: string) {
  const edges = /<g data-mark="edges".*?(?=<g data-mark="units")/s.exec(svg)![0];
  return [...edges.matchAll(/<g (stroke=[^>]*)>(.*?)<\/g>/gs)].flatMap(([, look, paths]) =>
    [...paths!.matchAll(/<path d="([^"]*)"><title>([^<]*)<\/title>/g)].map(([, d, title]) => ({
      d: d!,
      title: title!,
      color: /stroke="([^"]*)"/.exec(look!)![1]!,
      width: Number(/stroke-width="([^"]*)"/.exec(look!)?.[1] ?? Number.NaN),
      dashed: look!.includes('dasharray'),
    })),
  );
}

/** The fills of the units by their names. */
const fillsOf = (svg: string) =>
  Object.fromEntries(
    [...svg.matchAll(/<circle [^>]*fill="([^"]*)"[^>]*><title>([^<,]*)/g)].map(([, fill, name]) => [name!, fill!]),
  );

const kernel = (inputs: number, outputs: number, weight: (i: number) => number) => ({
  values: Array.from({ length: inputs * outputs }, (_, i) => weight(i)),
  shape: [inputs, outputs],
});

describe('networkGraph(data, options)', () => {
  it('draws a line for each weight but 0, the strong ones wider, darker and on top', () => {
    const lines = linesOf(networkGraph(small).svg());
    expect(lines.map(({ title }) => title)).toEqual(['x2 → h: 0.5', 'x1 → hidden[0]: 1', 'x1 → h: −2']);
    expect(lines[0]!.width).toBeLessThan(lines[1]!.width);
    expect(lines[1]!.width).toBeLessThan(lines[2]!.width);
  });

  it('draws positive weights blue and negative ones vermilion', () => {
    for (const { title, color } of linesOf(networkGraph(small).svg())) {
      const [red, , blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
      expect(blue! > red!).toBe(!title.includes('−'));
    }
  });

  it('never has a weaker line above a stronger one', () => {
    const weights = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(weights, (values) => {
        const layers = [
          { name: 'a', units: 3 },
          { name: 'b', units: 4 },
        ];
        const lines = linesOf(networkGraph({ layers, weights: [{ values, shape: [3, 4] }] }).svg());
        const sizes = lines.map(({ title }) => {
          const [, i, k] = /a\[(\d)\] → b\[(\d)\]/.exec(title)!;
          return Math.abs(values[4 * Number(i) + Number(k)]!);
        });
        expect(lines).toHaveLength(values.filter((value) => value !== 0).length);
        // Within one look of 24 the order does not show.
        const most = Math.max(0, ...sizes);
        for (let i = 1; i < sizes.length; i++) expect(sizes[i]!).toBeGreaterThanOrEqual(sizes[i - 1]! - most / 24);
        for (let i = 1; i < lines.length; i++) expect(lines[i]!.width).toBeGreaterThanOrEqual(lines[i - 1]!.width);
      }),
      { numRuns: 40 },
    );
  });

  it('measures by max where it is given, so that two networks compare', () => {
    const [alone, beside] = [networkGraph(small).svg(), networkGraph(small, { max: 200 }).svg()].map(linesOf);
    expect(beside!.at(-1)!.width).toBeLessThan(alone!.at(-1)!.width);
    const low = networkGraph(small, { max: 0.75 }).svg();
    expect(linesOf(low)[1]!.width).toBe(linesOf(low)[2]!.width);
    expect(low).toContain('>0.75 or more</text>');
  });

  it('writes names, values and biases, and says them when pointed at', () => {
    const svg = networkGraph(small).svg();
    for (const text of ['x1', 'x2', '1', '0.25', 'h', 'b −0.5', 'b 0.1', 'input', 'hidden', '2 units'])
      expect(svg).toContain(`>${text}</text>`);
    for (const title of ['x1, value 1', 'hidden[0], bias −0.5', 'h, value NaN, bias 0.1'])
      expect(svg).toContain(`<title>${title}</title>`);
    expect(svg).toContain('pointer-events="none" stroke="#a4161a"');
  });

  it('writes into a unit as many digits as fit', () => {
    const pi = (units: number) =>
      networkGraph(
        {
          layers: [
            { name: 'a', units: Array.from({ length: units }, () => ({ value: -Math.PI })) },
            { name: 'b', units: 1 },
          ],
          weights: [kernel(units, 1, () => 1)],
        },
        { height: 420 },
      ).svg();
    const inside = (svg: string) => /data-mark="inside".*?>(−3[^<]*)</s.exec(svg)?.[1];
    expect(inside(pi(1))).toBe('−3.14');
    expect(inside(pi(12))).toBe('−3.1');
    expect(inside(pi(14))).toBe('−3');
    expect(inside(pi(24))).toBeUndefined();
  });

  it('dashes what is not finite or missing, and counts it', () => {
    const weights = [{ values: [Number.NaN, null, 'Infinity' as const, 0.5], shape: [2, 2] }];
    const figure = networkGraph({ layers: small.layers, weights });
    const lines = linesOf(figure.svg());
    expect(lines.filter(({ dashed }) => dashed).map(({ title }) => title)).toEqual([
      'x1 → hidden[0]: NaN',
      'x1 → h: missing',
      'x2 → hidden[0]: Infinity',
    ]);
    expect(figure.description).toContain('Dashed: 2 not finite (1 NaN, 1 Infinity), 1 missing.');
  });

  it('folds wide layers and long networks, thins many lines, and says so', () => {
    const counts = [784, 24, 24, 24, 24, 24, 10];
    const layers = counts.map((units, i) => ({ name: `l${i}`, units }));
    const weights = counts.slice(1).map((outputs, k) => kernel(counts[k]!, outputs, (i) => Math.sin(i + 1)));
    const figure = networkGraph({ layers, weights });
    const svg = figure.svg();
    expect(svg).toContain('>… 784 units</text>');
    expect(linesOf(svg)).toHaveLength(2000);
    // 16 of the input are drawn
    const edges = 16 * 24 + 4 * 24 * 24 + 24 * 10;
    expect(figure.description).toMatch(
      /16 of 784 units of l0 are drawn\. Of 2928 lines the 2000 strongest are drawn\.$/,
    );
    expect(figure.table.rows).toHaveLength(edges);
    const magnitudes = figure.table.rows.map((row) => Math.abs(row[2] as number)).sort((a, b) => b - a);
    const weakest = Number(linesOf(svg)[0]!.title.split(': ')[1]!.replace('−', '-'));
    expect(Math.abs(weakest)).toBeGreaterThanOrEqual(magnitudes[1999]! - 1e-3);
    const deep = Array.from({ length: 40 }, (_, i) => ({ name: `l${i}`, units: 1 }));
    const long = networkGraph({ layers: deep, weights: deep.slice(1).map(() => [[1]]) });
    expect(long.description).toMatch(/10 of 40 layers are drawn\.$/);
    expect(linesOf(long.svg())).toHaveLength(8);
  });

  it('draws a million weights in bounded time and bytes', () => {
    const values = new Float32Array(1000 * 1000).fill(0.5);
    const layers = [
      { name: 'a', units: 1000 },
      { name: 'b', units: 1000 },
    ];
    let svg = '';
    const draw = () => {
      svg = networkGraph({ layers, weights: [{ values, shape: [1000, 1000] }] }, { equal: 'units' }).svg();
    };
    expect(cpuTime(draw, 3000)).toBeLessThan(3000);
    expect(svg.length).toBeLessThan(100_000);
  });

  it('tabulates units and weights', () => {
    expect(networkGraph(small).table).toEqual({
      columns: ['unit', 'to', 'weight', 'value', 'bias'],
      rows: [
        ['x1', '', '', 1, ''],
        ['x2', '', '', 0.25, ''],
        ['hidden[0]', '', '', '', -0.5],
        ['h', '', '', 'NaN', 0.1],
        ['x1', 'hidden[0]', 1, '', ''],
        ['x1', 'h', -2, '', ''],
        ['x2', 'hidden[0]', 0, '', ''],
        ['x2', 'h', 0.5, '', ''],
      ],
    });
    const layers = [
      { name: 'a', units: 1 },
      { name: 'b', units: 1 },
    ];
    expect(networkGraph({ layers, weights: [[[3]]] }).table).toEqual({
      columns: ['unit', 'to', 'weight'],
      rows: [['a[0]', 'b[0]', 3]],
    });
  });

  it('says what it shows', () => {
    expect(networkGraph(small).description).toBe(
      'A network of 2 layers with their numbers of units: input (2), hidden (2). 4 weights from −2 to 1. ' +
        'The strongest drawn is x1 → h with −2. 1 weight is 0, without a line.',
    );
  });

  it('copies its data', () => {
    const values = [1, 2];
    const figure = networkGraph({
      layers: [
        { name: 'a', units: 1 },
        { name: 'b', units: 2 },
      ],
      weights: [{ values, shape: [1, 2] }],
    });
    const before = figure.svg();
    values[0] = 7;
    expect(figure.svg()).toBe(before);
  });

  it('draws nothing but units where all weights are 0', () => {
    const svg = networkGraph({ layers: small.layers, weights: [kernel(2, 2, () => 0)] }).svg();
    expect(linesOf(svg)).toEqual([]);
    expect(count(svg, /<circle/)).toBe(4);
  });
});

describe("networkGraph(data, { equal: 'units' })", () => {
  const layers = (units: NetworkUnit[]) => [
    { name: 'in', units: 2 },
    { name: 'u', units },
  ];
  const five: NetworkUnit[] = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }));
  const rows = [
    [1, 2, 1, 2, 5],
    [3, 4, 3, 4, 6],
  ];

  it('gives units with equal incoming weights one color, and others none', () => {
    const figure = networkGraph({ layers: layers(five), weights: [rows] }, { equal: 'units' });
    const fills = fillsOf(figure.svg());
    expect(fills.a).toBe(fills.c);
    expect(fills.b).toBe(fills.d);
    expect(new Set([fills.a, fills.b, fills.e]).size).toBe(3);
    expect(fills.e).toBe('#fff');
    expect(figure.description).toContain('Equal incoming weights have a, c; b, d.');
    expect(count(figure.svg(), />u: 2 of 5 units equal<\/text>/)).toBe(2);
    expect(new Set(Object.values(fillsOf(networkGraph({ layers: layers(five), weights: [rows] }).svg())))).toEqual(
      new Set(['#fff']),
    );
  });

  it('counts what differs by the tolerance at most as equal', () => {
    const near = [rows[0]!.map((v, i) => v + 0.001 * i), rows[1]!];
    const fills = (tolerance: number) =>
      fillsOf(networkGraph({ layers: layers(five), weights: [near] }, { equal: 'units', tolerance }).svg());
    expect([fills(0).a, fills(0).c]).toEqual(['#fff', '#fff']);
    expect(fills(0.0021).a).toBe(fills(0.0021).c);
    expect(fills(0.0021).a).not.toBe('#fff');
    expect(fills(0.0019).a).toBe('#fff');
  });

  it('counts biases where they are given', () => {
    const biased = five.map((unit, i) => ({ ...unit, bias: i < 2 ? 1 : 0 }));
    const svg = networkGraph({ layers: layers(biased), weights: [rows] }, { equal: 'units' }).svg();
    expect(svg).toContain('>no two units of a layer are equal</text>');
  });

  it('never takes NaN or what is missing as equal', () => {
    const weights = [
      [
        [Number.NaN, Number.NaN, null, null, 1],
        [1, 1, 1, 1, 1],
      ],
    ];
    const { description } = networkGraph({ layers: layers(five), weights }, { equal: 'units', tolerance: 1 });
    expect(description).toContain('No two units of a layer have equal incoming weights.');
  });

  it('finds the groups that comparing all pairs finds', () => {
    const column = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 1 }));
    fc.assert(
      fc.property(fc.array(column, { minLength: 1, maxLength: 20 }), (columns) => {
        const units = columns.map((_, i) => ({ name: `u${i}` }));
        const weights = [[columns.map(([a]) => a), columns.map(([, b]) => b)]];
        const fills = fillsOf(networkGraph({ layers: layers(units), weights }, { equal: 'units' }).svg());
        for (let i = 0; i < columns.length; i++)
          for (let k = 0; k < i; k++) {
            const equal = columns[i]!.join() === columns[k]!.join();
            if (equal) expect(fills[`u${i}`]).toBe(fills[`u${k}`]);
            else expect(fills[`u${i}`] === fills[`u${k}`] && fills[`u${i}`] !== '#fff').toBe(false);
          }
      }),
      { numRuns: 40 },
    );
  });
});

describe('networkGraph refuses', () => {
  const two = [
    { name: 'a', units: 2 },
    { name: 'b', units: 1 },
  ];
  it.each([
    [
      { layers: two, weights: [[[1]]] },
      {},
      'networkGraph: weights[0] must have the shape [2, 1] of its layers, got [1, 1]',
    ],
    [
      { layers: two, weights: [] },
      {},
      'networkGraph: weights must be one kernel between each layer and the next, got "0 for 2 layers"',
    ],
    [{ layers: two.slice(1), weights: [] }, {}, 'networkGraph: layers must be two or more, got 1'],
    [
      { layers: [{ name: 'a', units: 0 }, two[1]], weights: [] },
      {},
      /layers\[0\].units must be a list of units or how many there are, got 0/,
    ],
    [
      { layers: [{ name: 'a', units: [] }, two[1]], weights: [] },
      {},
      /layers\[0\].units must have at least one entry, got \[\]/,
    ],
    [
      { layers: [{ name: 5, units: 1 }, two[1]], weights: [[[1]]] },
      {},
      'networkGraph: layers[0].name must be a string, got 5',
    ],
    [
      { layers: [{ name: 'a', units: [{ name: 5 }] }, two[1]], weights: [[[1]]] },
      {},
      /layers\[0\].units\[0\].name must be a string, got 5/,
    ],
    [
      { layers: [{ name: 'a', units: [{ bias: '5' }] }, two[1]], weights: [[[1]]] },
      {},
      /layers\[0\].units\[0\].bias must be a number/,
    ],
    [{ layers: two, weights: [5] }, {}, 'networkGraph: weights[0] must be values with a shape or rows, got 5'],
    [{ layers: two, weights: [[[1], ['x']]] }, {}, /weights\[0\].values\[1\]\[0\] must be a number, .* got "x"/],
    [{ layers: two, weights: [[[1], [2]]] }, { tolerance: -1 }, 'networkGraph: tolerance must be at least 0, got -1'],
    [{ layers: two, weights: [[[1], [2]]] }, { max: 0 }, 'networkGraph: max must be above 0 and finite, got 0'],
    [
      { layers: two, weights: [[[1], [2]]] },
      { equal: 'layers' },
      'networkGraph: equal must be among units, got "layers"',
    ],
  ])('%o with %o', (data, options, message) => {
    expect(() => networkGraph(data as never, options as never)).toThrow(message);
  });
});

describe('networkGraph with lineText', () => {
  const layers = [
    { name: 'in', units: [{ name: 'x1' }, { name: 'x2' }] },
    { name: 'hidden', units: [{ bias: 0.5 }, { bias: -1.25 }, { bias: 0 }] },
    { name: 'out', units: 1 },
  ];
  const weights = [
    [
      [0.5, -2, 1],
      [3, 0, -0.25],
    ],
    [[1.5], [-4], [0.125]],
  ];
  const numbersOf = (figure: ReturnType<typeof networkGraph>, width?: number) =>
    boxesOf(figure.svg(width === undefined ? {} : { width })).filter(
      ({ mark, name }) => mark === 'weights' && name === 'text',
    );

  it('writes weights on their lines, none where the option is left out', () => {
    const texts = numbersOf(networkGraph({ layers, weights }, { lineText: true })).map(({ text }) => text);
    // A weight of 0 has no line.
    expect(texts.sort()).toEqual(['0.13', '0.5', '1', '1.5', '3', '−0.25', '−2', '−4'].sort());
    expect(numbersOf(networkGraph({ layers, weights }))).toEqual([]);
  });

  it('keeps the numbers away from each other, from other texts and from units, whatever the network and its width', () => {
    const size = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(size, size, size, fc.integer({ min: 120, max: 1200 }), (a, b, c, width) => {
        const units = (count: number, layer: number) => ({
          name: `layer ${layer}`,
          units: Array.from({ length: count }, (_, i) => ({ bias: i / 3 })),
        });
        const kernel = (rows: number, columns: number) => ({
          values: Array.from({ length: rows * columns }, (_, i) => Math.sin(37 * i)),
          shape: [rows, columns],
        });
        const data = { layers: [a, b, c].map(units), weights: [kernel(a, b), kernel(b, c)] };
        const svg = networkGraph(data, { lineText: true }).svg({ width });
        expect(overlapsOf(svg)).toEqual([]);
        expect(outsideOf(svg)).toEqual([]);
        const boxes = boxesOf(svg);
        const disks = boxes.filter(({ name }) => name === 'circle');
        for (const box of boxes.filter(({ mark, name }) => mark === 'weights' && name === 'text'))
          for (const disk of disks)
            expect(
              box.right < disk.left || box.left > disk.right || box.bottom < disk.top || box.top > disk.bottom,
            ).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it.each([[1], ['yes'], [null]])('rejects %o', (lineText) => {
    expect(() => networkGraph({ layers, weights }, { lineText } as never)).toThrow(
      'networkGraph: lineText must be true or false',
    );
  });
});
