import type { Figures } from '@weightkit/lesson';
import {
  type Figure,
  heatmap,
  histogramChart,
  layerChart,
  lineChart,
  maskChart,
  sizeChart,
  smallMultiples,
} from '@weightkit/viz';
import { SIDE } from '../siamese/size.ts';
import { type Params, type Result, SHARES } from './experiment.ts';
import { TIMED } from './files.ts';
import { LAYERS, UNITS } from './network.ts';

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
/** Thousands apart. */
export const grouped = (count: number): string => count.toLocaleString('en-US');
/** The share of weights that are 0, with as many digits as mean something. */
export const zerosOf = ({ pruned: { zeros, weights } }: Pick<Result, 'pruned'>): string =>
  `${Number(((100 * zeros) / weights).toPrecision(3))} %`;

const BINS = 41;

/** All weights of the kernels: those that stay and those that go. */
function weightsNow({ net, pruned }: Result): Figure {
  const most = net.kernels.reduce((max, kernel) => kernel.reduce((m, w) => Math.max(m, Math.abs(w)), max), 0) || 1;
  const edges = Array.from({ length: BINS + 1 }, (_, i) => most * ((2 * i) / BINS - 1));
  const counts = { stays: new Array<number>(BINS).fill(0), goes: new Array<number>(BINS).fill(0) };
  for (const [layer, kernel] of net.kernels.entries())
    for (const [i, weight] of kernel.entries()) {
      const bin = Math.min(BINS - 1, Math.floor(((weight / most + 1) / 2) * BINS));
      counts[pruned.kept[layer]![i] === 1 ? 'stays' : 'goes'][bin]!++;
    }
  return histogramChart(
    {
      edges,
      curves: [
        { name: 'become 0', counts: counts.goes },
        { name: 'stay', counts: counts.stays },
      ],
    },
    { title: 'The trained weights', xLabel: 'weight', yLabel: 'weights', height: 230 },
  );
}

/** How many weights of the first layer each pixel has left. */
function pixels({ pruned: { kept } }: Result): Figure {
  const [units] = UNITS;
  const left = Array.from({ length: SIDE * SIDE }, (_, pixel) =>
    kept[0]!.subarray(pixel * units, (pixel + 1) * units).reduce((sum, bit) => sum + bit, 0),
  );
  const values = Array.from({ length: SIDE }, (_, row) => left.slice(row * SIDE, (row + 1) * SIDE));
  return heatmap(
    { values, rows: values.map(() => ''), columns: values.map(() => '') },
    {
      cellText: false,
      scheme: 'inferno',
      domain: [0, units / 2],
      height: 270,
      title: `Left at each pixel, of ${units}`,
    },
  );
}

/** What the accuracy is, in a clause. */
export function said({ pruned: { atOnce, tuned } }: Pick<Result, 'pruned'>): string {
  if (tuned === null) return `${percent(atOnce)} right, nothing trained since`;
  return `${percent(atOnce)} right, ${percent(tuned)} trained on`;
}

/** The cut: which weights go, and what that leaves of the first layer. */
function cut(result: Result): Figure {
  const { dense } = result;
  return smallMultiples(
    { figures: [weightsNow(result), pixels(result)] },
    { columns: 2, title: `${zerosOf(result)} zeros: ${said(result)}; dense ${percent(dense)}` },
  );
}

/** Accuracy against the share of zeros. */
function curve({ curve, pruned }: Result): Figure {
  const x = [...SHARES];
  const y = (accuracies: readonly number[]) => accuracies.map((accuracy) => 100 * accuracy);
  const here = (100 * pruned.zeros) / pruned.weights;
  const at = x.indexOf(90);
  const told = (accuracies: readonly number[]) => percent(accuracies[at]!);
  return lineChart(
    {
      series: [
        { name: 'smallest of the whole network', x, y: y(curve.network) },
        { name: 'smallest of each layer', x, y: y(curve.layer) },
        { name: 'at random', x, y: y(curve.random) },
        ...(pruned.tuned === null ? [] : [{ name: 'trained on', x: [here], y: [100 * pruned.tuned] }]),
      ],
    },
    {
      title: 'Test accuracy against zeros, nothing trained after pruning',
      description:
        `Dense, ${percent(curve.network[0]!)} of the unseen digits are right. With 90 % zeros ${told(curve.network)} are where the smallest ` +
        `weights of the whole network went, ${told(curve.layer)} where those of each layer did, and ${told(curve.random)} where chance chose.` +
        (pruned.tuned === null ? '' : ` The dot is yours after further training: ${percent(pruned.tuned)}.`),
      xLabel: 'zeros, %',
      yLabel: 'accuracy, %',
      xDomain: [0, 100],
      yDomain: [0, 100],
    },
  );
}

/** The mask of the second layer. */
function mask({ pruned: { kept } }: Result, { what }: Params): Figure {
  const [rows, columns] = [UNITS[0], UNITS[1]];
  return maskChart(
    { values: kept[1]!, shape: [rows, columns] },
    {
      title: 'The mask of the second layer',
      xLabel: 'unit of the second layer',
      yLabel: 'unit of the first layer',
      ...(what === '2:4' && { pattern: [2, 4] }),
    },
  );
}

/** Bytes of the files. */
const files = ({ saved }: Result): Figure =>
  sizeChart(
    { stages: saved.map(({ name, bytes, gzip }) => ({ name, bytes, gzipBytes: gzip })) },
    { title: 'The file of the weights' },
  );

/** Milliseconds of a prediction. */
function times({ saved }: Result): Figures {
  if (saved.some(({ ms }) => ms === null)) return {};
  return {
    times: layerChart(
      { layers: saved.map(({ name, ms }) => ({ name, values: { milliseconds: Number(ms!.toPrecision(3)) } })) },
      {
        title: `A prediction of ${TIMED} digits, where this was run`,
        xLabel: 'milliseconds, the shortest of fifteen',
        xDomain: [0, 1.1 * Math.max(...saved.map(({ ms }) => ms!))],
      },
    ),
  };
}

/** The share of zeros of each layer. */
function layers({ pruned: { kept } }: Result): Figure {
  const shares = kept.map((bits) => 1 - bits.reduce((sum, bit) => sum + bit, 0) / bits.length);
  return layerChart(
    {
      layers: LAYERS.map((name, i) => ({
        name: `${name}, ${grouped(kept[i]!.length)} weights`,
        values: { zeros: Number((100 * shares[i]!).toFixed(1)) },
      })),
    },
    {
      title: 'Zeros of each layer',
      description: `The share of zeros: ${LAYERS.map((name, i) => `${percent(shares[i]!)} of the weights of ${name}`).join(', ')}.`,
      xLabel: 'zeros, %',
      xDomain: [0, 100],
    },
  );
}

/** Lottery tickets and their controls. */
function tickets({ tickets: all }: Result): Figures {
  if (all.length === 0) return {};
  const line = (name: string, of: (ticket: Result['tickets'][number]) => number | null) => {
    const known = all.filter((ticket) => of(ticket) !== null);
    return {
      name,
      x: known.map(({ sparsity }) => Number((100 * sparsity).toFixed(2))),
      y: known.map((ticket) => 100 * of(ticket)!),
    };
  };
  const lines = [
    line('first weights', ({ first }) => first),
    line('other first weights', ({ redrawn }) => redrawn),
    line('random masks', ({ randomMask }) => randomMask),
  ].filter(({ x }) => x.length > 0);
  return {
    tickets: lineChart(
      { series: lines },
      {
        title: 'Lottery tickets',
        description: `Accuracy of ${all.length} tickets by their share of zeros, each trained from the weights that it had at first, and from its controls.`,
        xLabel: 'zeros, %',
        yLabel: 'accuracy, %',
        xDomain: [0, 100],
        yDomain: [0, 100],
      },
    ),
  };
}

/** The cut, accuracy against zeros, the mask, files, times, layers and tickets. */
export function figures(result: Result, params: Params): Figures {
  return {
    cut: cut(result),
    curve: curve(result),
    mask: mask(result, params),
    files: files(result),
    ...times(result),
    layers: layers(result),
    ...tickets(result),
  };
}
