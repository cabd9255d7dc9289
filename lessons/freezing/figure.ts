import type { Figures } from '@weightkit/lesson';
import { type Figure, heatmap, layerChart, smallMultiples } from '@weightkit/viz';
import { frozenLayers, type Moment, type NetRun, type Params, type Result } from './experiment.ts';

/** Pixels that each half of the main figure is high: both below each other fit on a phone. */
const HEIGHT = 205;
/** The change that has the strongest color, as all larger ones. */
const MOST = 0.5;

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** What is frozen, in words. */
export function frozenText({ first, second }: Pick<Params, 'first' | 'second'>): string {
  if (first && second) return 'layers 1 and 2';
  if (first) return 'layer 1';
  return second ? 'layer 2' : 'nothing';
}

export const capital = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}`;
export const last = ({ moments }: NetRun): Moment => moments.at(-1)!;

/** Entries of the frozen layers, how many of them have other bits than before, and how many of those are statistics. */
export function frozenMoved({ moved, changes }: Moment, params: Pick<Params, 'first' | 'second'>) {
  const layers = frozenLayers(params);
  const counts = { all: 0, moved: 0, statistics: 0 };
  for (const [path, count] of Object.entries(moved)) {
    if (!layers.includes(path.split('/')[0]!)) continue;
    counts.all += changes[path]!.length;
    counts.moved += count;
    if (path.includes('/moving')) counts.statistics += count;
  }
  return counts;
}

/** The parts of the network from the input to the output, and the matrices of each, which stand side by side. */
const PARTS = [
  ['layer 1', 'layer1/kernel'],
  ['norm 1', 'norm1/gamma', 'norm1/beta', 'norm1/movingMean', 'norm1/movingVariance'],
  ['layer 2', 'layer2/kernel'],
  ['norm 2', 'norm2/gamma', 'norm2/beta', 'norm2/movingMean', 'norm2/movingVariance'],
  ['output', 'output/kernel', 'output/bias'],
] as const;

/** All weights of a network as one matrix: a row for each unit of its layer, a column for each of its inputs. */
function strip({ way }: NetRun, now: Moment, params: Params): Figure {
  const { changes } = now;
  const units = changes['norm1/movingMean']!.length;
  const columns = PARTS.flatMap(([name, ...paths]) => {
    const count = name === 'output' ? changes['output/bias']!.length : units;
    const own = paths.flatMap((path) => {
      const values = changes[path]!;
      return Array.from({ length: values.length / count }, (_, i) => values.slice(i * count, (i + 1) * count));
    });
    return own.map((values, i) => ({ values, name: i === Math.floor(own.length / 2) ? name : '' }));
  });
  const { all, moved, statistics } = frozenMoved(now, params);
  const told = all === 0 ? 'nothing is frozen' : `${moved} of ${all} frozen numbers moved`;
  const rows = Array.from({ length: Math.max(units, 10) }, (_, unit) => columns.map(({ values }) => values[unit] ?? 0));
  const statisticsText = moved > 0 && moved === statistics ? ', all of them statistics of batch norm' : '';
  return heatmap(
    { values: rows, rows: rows.map(() => ''), columns: columns.map(({ name }) => name) },
    {
      title: `${way}: ${told}`,
      description: `How far each weight moved with ${way}; cells without color stood still. ${capital(told)}${statisticsText}.`,
      scheme: 'diverging',
      domain: [-MOST, MOST],
      cellText: false,
      height: HEIGHT,
    },
  );
}

const [LIBRARY, STOCK] = [0, 1] as const;

function moved({ nets }: Result, now: readonly Moment[], params: Params): Figure {
  const halves = [LIBRARY, STOCK].map((i) => strip(nets[i]!, now[i]!, params));
  const figure = smallMultiples(
    { figures: halves },
    {
      title: `${capital(frozenText(params))} frozen: how far each weight moved`,
      description: halves.map(({ description }) => description).join(' '),
      columns: 1,
    },
  );
  const rows = Object.keys(now[0]!.moved).map((path) => [
    path,
    now[LIBRARY]!.changes[path]!.length,
    ...[LIBRARY, STOCK].flatMap((i) => [
      now[i]!.moved[path]!,
      Number(Math.max(...now[i]!.changes[path]!.map(Math.abs)).toPrecision(4)),
    ]),
  ]);
  const columns = [
    'weight',
    'entries',
    ...[LIBRARY, STOCK].flatMap((i) => [`moved, ${nets[i]!.way}`, `largest change, ${nets[i]!.way}`]),
  ];
  return { ...figure, table: { columns, rows } };
}

/** Both tasks, epoch by epoch, in the three networks. */
function accuracy({ nets }: Result, { epochs }: Params, moment: number): Figure {
  const lines = (pick: (moment: Moment) => number) =>
    nets.map(({ way, moments }) => {
      const shown = moments.slice(0, moment + 1);
      return { name: way, x: shown.map(({ epoch }) => epoch), y: shown.map((one) => 100 * pick(one)) };
    });
  const ends = nets.map((net) => {
    const { fresh, old } = net.moments[Math.min(moment, net.moments.length - 1)]!;
    return `${net.way}: ${percent(fresh)} of the new digits and ${percent(old)} of the old ones`;
  });
  return smallMultiples(
    {
      panels: [
        { name: 'new digits', series: lines(({ fresh }) => fresh) },
        { name: 'old digits', series: lines(({ old }) => old) },
      ],
    },
    {
      title: 'Test accuracy on the new digits and on the old ones',
      description: `Test accuracy by epoch of training on the new digits, of the old ones by the old output layer. In the end: ${ends.join('; ')}.`,
      columns: 2,
      xLabel: 'epoch',
      yLabel: 'test accuracy, %',
      xDomain: [0, epochs],
    },
  );
}

/** How far the statistics of batch norm went. */
function statistics({ nets }: Result, now: readonly Moment[]): Figure {
  const paths = Object.keys(now[0]!.moved).filter((path) => path.includes('moving'));
  const rms = (values: readonly number[]) =>
    Number(Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length).toPrecision(3));
  const layers = paths.map((path) => ({
    name: path,
    values: Object.fromEntries([LIBRARY, STOCK].map((i) => [nets[i]!.way, rms(now[i]!.changes[path]!)])),
  }));
  const told = layers.map(
    ({ name, values }) =>
      `${name} ${Object.entries(values)
        .map(([way, value]) => `${value} with ${way}`)
        .join(' and ')}`,
  );
  return layerChart(
    { layers },
    {
      title: 'How far the statistics of batch norm moved',
      description: `The change of each list of statistics, as the root of the mean of squares: ${told.join('; ')}.`,
      xLabel: 'change, root of the mean of squares',
    },
  );
}

/** What moved, what that did to both tasks, and how far statistics went. */
export function figures(result: Result, params: Params, moment?: number): Figures {
  const at = Math.min(...result.nets.map(({ moments }) => moments.length - 1), moment ?? Number.POSITIVE_INFINITY);
  const now = result.nets.map(({ moments }) => moments[at]!);
  return {
    moved: moved(result, now, params),
    accuracy: accuracy(result, params, at),
    statistics: statistics(result, now),
  };
}
