import type { Figures } from '@weightkit/lesson';
import {
  type Figure,
  heatmap,
  histogramChart,
  layerChart,
  lineChart,
  maskChart,
  networkGraph,
  smallMultiples,
} from '@weightkit/viz';
import { LAYERS, UNITS } from '../pruning/network.ts';
import { SIDE } from '../siamese/size.ts';
import type { Params, Result, Stage } from './experiment.ts';
import { entropyOf, withoutZeros } from './left.ts';

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
/** Thousands apart. */
export const grouped = (count: number): string => count.toLocaleString('en-US');
export const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

/** The first and the last stage there is. */
export const ends = ({ stages }: Pick<Result, 'stages'>): [first: Stage, last: Stage] => [stages[0]!, stages.at(-1)!];

const HAIR = 1e-9;

/** Accuracy against bytes, stage after stage, with the budget. */
function way({ stages }: Result, { budget }: Params): Figure {
  // From point to point, with a half to both sides: steps that cost nothing and steps that cost much look different.
  const accuracies = stages.map(({ accuracy }) => 100 * accuracy);
  const lowest = Math.max(0, Math.floor(Math.min(...accuracies) - 0.5));
  const highest = Math.min(100, Math.ceil(Math.max(...accuracies) + 0.5));
  // Lines go from left to right: where a step changes no byte, the later one stands by less than can be seen to the left.
  const line = (name: string, of: (stage: Stage) => number) => {
    const up = [...stages].reverse().sort((a, b) => of(a) - of(b));
    return {
      name,
      x: up.map((stage, i) => (of(stage) / 1000) * (1 + i * HAIR)),
      y: up.map(({ accuracy }) => 100 * accuracy),
    };
  };
  return lineChart(
    {
      series: [
        line('written', ({ bytes }) => bytes),
        line('gzipped', ({ gzip }) => gzip),
        { name: 'budget', x: [budget, budget * (1 + HAIR)], y: [lowest, highest] },
      ],
    },
    {
      title: 'Accuracy against bytes',
      xLabel: 'kB',
      yLabel: 'accuracy, %',
      xScale: 'log',
      xDomain: [5, 200],
      yDomain: [lowest, highest],
      height: 240,
    },
  );
}

/** Bytes after each stage, each bar with its number. */
const bytes = ({ stages }: Result): Figure =>
  layerChart(
    {
      layers: stages.map(({ name, bytes, gzip }) => ({
        name,
        values: { written: Number((bytes / 1000).toFixed(1)), gzipped: Number((gzip / 1000).toFixed(1)) },
      })),
    },
    { title: 'Bytes, step after step', xLabel: 'kB', xDomain: [0, 150], height: 240 },
  );

/** The way from the whole network to the files: accuracy and bytes. */
function path(result: Result, params: Params): Figure {
  const { stages } = result;
  const [first, last] = ends(result);
  const figure = smallMultiples(
    { figures: [way(result, params), bytes(result)] },
    {
      columns: 2,
      title:
        stages.length === 1
          ? `The whole network: ${kilobytes(first.bytes)}, ${percent(first.accuracy)} right`
          : `${grouped(last.bytes)} bytes, ${grouped(last.gzip)} by gzip: ${percent(last.accuracy)} right; whole ${percent(first.accuracy)}`,
      description:
        `From the whole network to what is left of it, with a budget of ${params.budget} kB. ` +
        stages
          .map(
            ({ name, bytes, gzip, accuracy }) =>
              `${name}: ${grouped(bytes)} bytes, ${grouped(gzip)} packed by gzip, ${percent(accuracy)} of the unseen digits right`,
          )
          .join('; ') +
        '.',
    },
  );
  return {
    ...figure,
    table: {
      columns: ['step', 'bytes', 'packed by gzip', 'accuracy, %', 'before training on, %'],
      rows: stages.map(({ name, bytes, gzip, accuracy, before }) => [
        name,
        bytes,
        gzip,
        Number((100 * accuracy).toFixed(2)),
        before === null ? '' : Number((100 * before).toFixed(2)),
      ]),
    },
  };
}

/** Where weights are left: of each pixel, and of the second layer in its first shape. */
function left({ left, units }: Result): Figures {
  const [first, second] = left.kernels;
  if (!first || !second) return {};
  const [rows, columns] = units as [number[], number[]];
  const counts = Array.from({ length: SIDE * SIDE }, (_, pixel) =>
    withoutZeros(first.subarray(pixel * rows.length, (pixel + 1) * rows.length)),
  );
  const values = Array.from({ length: SIDE }, (_, row) => counts.slice(row * SIDE, (row + 1) * SIDE));
  const most = Math.max(1, ...counts);
  const mask = new Uint8Array(UNITS[0] * UNITS[1]);
  for (const [i, row] of rows.entries())
    for (const [j, column] of columns.entries())
      mask[row * UNITS[1] + column] = Number(second[i * columns.length + j] !== 0);
  const stays = withoutZeros(mask);
  return {
    left: smallMultiples(
      {
        figures: [
          maskChart(
            { values: mask, shape: [UNITS[0], UNITS[1]] },
            {
              title: 'The second layer, where it was',
              xLabel: 'unit of the second layer',
              yLabel: 'unit of the first layer',
              height: 380,
            },
          ),
          heatmap(
            { values, rows: values.map(() => ''), columns: values.map(() => '') },
            {
              cellText: false,
              scheme: 'inferno',
              domain: [0, most],
              height: 380,
              title: `Weights left at each pixel, of ${UNITS[0]}`,
            },
          ),
        ],
      },
      {
        columns: 2,
        title: `${rows.length} and ${columns.length} units are left, with ${grouped(left.kernels.reduce((sum, kernel) => sum + withoutZeros(kernel), 0))} weights`,
        description:
          `Of the second layer ${stays} of ${grouped(mask.length)} weights are left: ${UNITS[0] - rows.length} rows and ${UNITS[1] - columns.length} columns are empty, whose units were ` +
          `taken out, and of the others single weights are 0. Of the first layer a pixel keeps from ${Math.min(...counts)} to ${most} of its ${UNITS[0]} weights.`,
      },
    ),
  };
}

/** The two last layers as units and lines. */
function graph({ left: { kernels }, units }: Result): Figures {
  const last = kernels[2];
  const second = units[1];
  if (!last || !second) return {};
  const rows = second.map((_, unit) => last.subarray(unit * 10, unit * 10 + 10));
  return {
    graph: networkGraph(
      {
        layers: [
          { name: 'second layer', units: second.map((unit) => ({ name: `unit ${unit}` })) },
          { name: LAYERS[2], units: Array.from({ length: 10 }, (_, digit) => ({ name: String(digit) })) },
        ],
        weights: [rows],
      },
      { title: 'What is left of the last layer, before its weights are rounded' },
    ),
  };
}

/** Accuracy right after each cut, and after training on. */
function trained({ stages }: Result): Figures {
  const cuts = stages.filter(({ before }) => before !== null);
  if (cuts.length === 0) return {};
  return {
    trained: layerChart(
      {
        layers: cuts.map(({ name, before, accuracy }) => ({
          name,
          values: { 'at once': Number((100 * before!).toFixed(1)), 'trained on': Number((100 * accuracy).toFixed(1)) },
        })),
      },
      { title: 'Cut, then trained on', xLabel: 'accuracy, %', xDomain: [0, 100] },
    ),
  };
}

/** How often each code is there. */
function codes({ codes: { counts, least, whole, tight }, bits }: Result): Figures {
  if (counts.length === 0) return {};
  const all = counts.reduce((sum, count) => sum + count, 0);
  const zeros = counts[-least]!;
  const figure = histogramChart(
    {
      edges: Array.from({ length: counts.length + 1 }, (_, i) => least + i - 0.5),
      curves: [{ name: 'weights', counts }],
    },
    {
      title: `${bits} bits: ${grouped(all)} codes, ${percent(zeros / all)} of them 0`,
      description:
        `How often each of the ${counts.length} codes is there, from ${least} to ${least + counts.length - 1}: 0 stands for ${grouped(zeros)} weights. ` +
        `With a byte for each, codes take ${grouped(whole.bytes)} bytes, by gzip ${grouped(whole.gzip)}; in ${bits} bits each ${grouped(tight.bytes)}, by gzip ${grouped(tight.gzip)}. ` +
        `Coded one by one they need at least ${grouped(Math.ceil(entropyOf(counts) / 8))} bytes.`,
      xLabel: 'code',
      yLabel: 'weights',
    },
  );
  return {
    codes: {
      ...figure,
      table: {
        columns: ['code', 'weights', 'share, %', 'bits it needs'],
        rows: counts.map((count, i) => [
          least + i,
          count,
          Number(((100 * count) / all).toFixed(2)),
          count === 0 ? '' : Number(Math.log2(all / count).toFixed(2)),
        ]),
      },
    },
  };
}

/** The way, what is left, training after cuts, codes, and the last layer. */
export function figures(result: Result, params: Params): Figures {
  return { path: path(result, params), ...left(result), ...trained(result), ...codes(result), ...graph(result) };
}
