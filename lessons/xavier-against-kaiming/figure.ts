import type { Figures } from '@weightkit/lesson';
import { bandChart, type Figure, layerChart, lineChart, pairedDots } from '@weightkit/viz';
import { advantage, ahead } from './ahead.ts';
import { type LawName, layersOf, type Pair, type Params, type Result } from './experiment.ts';
import { networksOf, signed, verdictOf } from './summary.ts';

/** Pixels that the main figure is high: it fits on the first screen, of a phone as well. */
const HEIGHT = 440;
/** Rows that have room in it. */
const MOST_ROWS = 14;

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pairs spread evenly over those that there are, where not all have room. */
const some = (pairs: readonly Pair[]): readonly Pair[] =>
  pairs.length <= MOST_ROWS
    ? pairs
    : Array.from({ length: MOST_ROWS }, (_, i) => pairs[Math.round((i * (pairs.length - 1)) / (MOST_ROWS - 1))]!);

/** Accuracies of each pair, and their means with the interval of the difference. */
function dots(pairs: readonly Pair[], params: Params): Figure {
  const interval = advantage(pairs);
  const points = (law: LawName) => (pair: Pair) => 100 * pair[law].accuracy;
  const means = { xavier: meanOf(pairs.map(points('xavier'))), he: meanOf(pairs.map(points('he'))) };
  const shown = some(pairs);
  const rows = [
    {
      name: 'mean',
      from: means.xavier,
      to: means.he,
      ...(interval && {
        interval: [interval.low, interval.high].map((end) => Math.min(100, Math.max(0, means.xavier + end))) as [
          number,
          number,
        ],
      }),
    },
    ...shown.map((pair) => ({ name: `seed ${pair.seed}`, from: points('xavier')(pair), to: points('he')(pair) })),
  ];
  const title = interval
    ? `He minus Xavier: ${signed(interval.mean)} points (${signed(interval.low)} to ${signed(interval.high)})`
    : `He minus Xavier: ${signed(ahead(pairs)[0]!)} points, in one pair`;
  const left = shown.length < pairs.length ? ` ${shown.length} of the pairs are drawn, the mean is of all.` : '';
  const figure = pairedDots(
    { rows },
    {
      title,
      description:
        `Test accuracy in per cent of ${pairs.length} pairs of networks with ${networksOf(params)}: the same seed from Xavier’s weights and from He’s. ` +
        `On average Xavier has ${means.xavier.toFixed(1)} and He ${means.he.toFixed(1)}. The bar around He’s mean is the 95 % interval of the difference: ${verdictOf(interval)}.${left}`,
      fromLabel: 'Xavier',
      toLabel: 'He',
      xLabel: 'test accuracy, per cent',
      xDomain: [0, 100],
      height: HEIGHT,
    },
  );
  const table = pairs.map((pair) => [
    pair.seed,
    points('xavier')(pair),
    points('he')(pair),
    points('he')(pair) - points('xavier')(pair),
  ]);
  return { ...figure, table: { columns: ['seed', 'Xavier, %', 'He, %', 'points ahead'], rows: table } };
}

/** The mean difference after each pair more, with its interval. */
function grows(pairs: readonly Pair[]): Figure {
  const all = ahead(pairs);
  const counts = all.map((_, i) => i + 1).slice(1);
  const intervals = counts.map((count) => advantage(pairs.slice(0, count))!);
  const last = intervals.at(-1);
  // The first interval, of two pairs, may be a hundred points wide.
  const most =
    1.15 *
    Math.max(
      20,
      ...all.map(Math.abs),
      ...intervals.slice(3).flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]),
    );
  const single = all.flatMap((points, i) => [
    [i + 1, points],
    [null, null],
  ]);
  const dots = { x: single.map(([x]) => x!), y: single.map(([, y]) => y!) };
  return bandChart(
    {
      bands: [
        ...(last
          ? [
              {
                name: 'mean so far, with its 95 % interval',
                x: counts,
                low: intervals.map(({ low }) => low),
                middle: intervals.map(({ mean }) => mean),
                high: intervals.map(({ high }) => high),
              },
            ]
          : []),
        { name: 'one pair', x: dots.x, low: dots.y, middle: dots.y, high: dots.y },
        { name: 'no difference', x: [1, Math.max(2, all.length)], low: [0, 0], middle: [0, 0], high: [0, 0] },
      ],
    },
    {
      title: 'The interval narrows with every pair',
      description: `By how many points He is ahead in each of ${all.length} pairs, and the mean of all pairs up to each with its 95 % interval${
        last ? `: in the end ${signed(last.mean)}, from ${signed(last.low)} to ${signed(last.high)}` : ''
      }.`,
      xLabel: 'pairs',
      yLabel: 'points that He is ahead',
      yDomain: [-most, most],
    },
  );
}

/** Values of each network of a law as one band. */
function bands(pairs: readonly Pair[], of: (pair: Pair, law: LawName) => readonly (number | null)[], from: number) {
  return (['xavier', 'he'] as const).map((law) => {
    const runs = pairs.map((pair) => of(pair, law));
    return { name: law === 'xavier' ? 'Xavier' : 'He', x: runs[0]!.map((_, i) => i + from), runs };
  });
}

function signal(pairs: readonly Pair[], params: Params): Figure {
  const hidden = layersOf(params).length - 1;
  const series = (['xavier', 'he'] as const).map((law) => ({
    name: law === 'xavier' ? 'Xavier' : 'He',
    x: Array.from({ length: hidden }, (_, l) => l + 1),
    y: Array.from({ length: hidden }, (_, l) => meanOf(pairs.map((pair) => pair[law].scales[l]!))),
  }));
  return lineChart(
    { series },
    {
      title: 'Before training: the scale of each layer’s activations',
      description: `Root mean square of the activations of each hidden layer for test digits, the mean of all pairs. In the last: ${series
        .map(({ name, y }) => `${name} ${Number(y.at(-1)!.toPrecision(2))}`)
        .join(', ')}.`,
      xLabel: 'hidden layer',
      yLabel: 'scale',
      yScale: 'log',
    },
  );
}

function losses(pairs: readonly Pair[], { epochs }: Params): Figure {
  const ends = (law: LawName) => {
    const finite = pairs.flatMap((pair) => pair[law].loss.at(-1) ?? []);
    return finite.length === 0 ? 'none finite' : meanOf(finite).toFixed(2);
  };
  return bandChart(
    { bands: bands(pairs, (pair, law) => pair[law].loss, 0) },
    {
      title: 'Training loss: the median, and the middle of the networks',
      description: `Loss on the training digits before training and after each of ${epochs} epochs. The mean in the end: Xavier ${ends('xavier')}, He ${ends('he')}.`,
      xLabel: 'epoch',
      yLabel: 'loss',
    },
  );
}

function advice({ advice: all }: Result, { layer, after }: Params): Figure {
  const chosen = all[layer][after];
  const figure = layerChart(
    { layers: chosen.map(({ weight, gain }) => ({ name: weight, values: { gain } })) },
    {
      title: `${layer}, ${after}: ${chosen.map(({ law }) => law).join(', ')}`,
      description: `By what the weights are larger than those that keep the variance of a linear layer. ${chosen
        .map(({ weight, law, gain, reason }) => `${weight}: ${law}, gain ${gain.toFixed(3)}; ${reason}.`)
        .join(' ')}`,
      xLabel: 'gain',
    },
  );
  const rows = chosen.map(({ weight, law, gain, reason, reference }) => [weight, law, gain, reason, reference]);
  return { ...figure, table: { columns: ['weight', 'recommended', 'gain', 'because', 'source'], rows } };
}

/** How many pairs there are at a moment of a result: two, three, and so on. */
export const pairsAt = ({ pairs }: Result, moment: number | undefined): readonly Pair[] =>
  moment === undefined ? pairs : pairs.slice(0, moment + 2);

/** The pairs, the mean with its interval, why there is a difference, and the recommender. */
export function figures(result: Result, params: Params, moment?: number): Figures {
  const pairs = pairsAt(result, moment);
  return {
    pairs: dots(pairs, params),
    grows: grows(pairs),
    signal: signal(pairs, params),
    losses: losses(pairs, params),
    advice: advice(result, params),
  };
}
