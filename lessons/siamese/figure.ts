import type { Figures } from '@weightkit/lesson';
import { decisionBoundary, type Figure, heatmap, histogramChart, lineChart, smallMultiples } from '@weightkit/viz';
import { readDrawing } from './drawing.ts';
import type { Moment, Params, Result } from './experiment.ts';
import type { Judged } from './judge.ts';
import { SIDE } from './size.ts';

/** Places along each side of the plane at which it is asked whose mean is nearest. */
const GRID = 60;
const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
/** A distance with as many digits as mean something. */
export const far = (distance: number): string => distance.toFixed(2);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The middle of each digit's images. */
export function meansOf({ places }: Moment, labels: ArrayLike<number>): [number, number][] {
  return DIGITS.map((digit) => {
    const own = Array.from(labels).flatMap((label, i) => (label === digit ? [i] : []));
    return [mean(own.map((i) => places[2 * i]!)), mean(own.map((i) => places[2 * i + 1]!))];
  });
}

/** Evenly spread places over a span and a little more. */
function spanOf(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.04 * (high - low) + 1e-6;
  return Array.from({ length: GRID }, (_, i) => low - margin + ((high - low + 2 * margin) * i) / (GRID - 1));
}

const leftOutText = ({ leftOut }: Params): string =>
  leftOut === 'none' ? '' : `; no ${leftOut.replace('and', 'or')} was trained on`;

interface Spot {
  x: number;
  y: number;
  class: number;
}

const spotsOf = ({ places }: Moment, labels: ArrayLike<number>): Spot[] =>
  Array.from(labels, (label, i) => ({ x: places[2 * i]!, y: places[2 * i + 1]!, class: label }));

/** Which digit's middle a place is nearest to. */
function nearestOf(means: readonly [number, number][], { x, y }: Pick<Spot, 'x' | 'y'>): number {
  const distances = means.map(([a, b]) => Math.hypot(x - a, y - b));
  return distances.indexOf(Math.min(...distances));
}

/** The plane, in regions that are nearest to a digit's middle, and some points in it. */
function regions(
  means: readonly [number, number][],
  all: readonly Spot[],
  { points, more = [], ...options }: { points: readonly Spot[]; more?: readonly string[]; title: string },
): Figure {
  const [x, y] = [spanOf([...all, ...points].map((spot) => spot.x)), spanOf([...all, ...points].map((spot) => spot.y))];
  // No place is nearest to what is more than the digits.
  const values = y.map((v) =>
    x.map((u) => [...means.map(([a, b]) => -Math.hypot(u - a, v - b)), ...more.map(() => -1e6)]),
  );
  return decisionBoundary(
    { values, x, y, points, classes: [...DIGITS.map(String), ...more] },
    { xLabel: 'first number of the embedding', yLabel: 'second number', ...options },
  );
}

const tableOf = (
  means: readonly [number, number][],
  spots: readonly Spot[],
  nameOf: (spot: Spot) => string | number,
) => ({
  columns: ['image', 'x', 'y', 'nearest middle'],
  rows: spots.map((spot) => [
    nameOf(spot),
    ...[spot.x, spot.y].map((value) => Number(value.toPrecision(4))),
    nearestOf(means, spot),
  ]),
});

/** The plane at a moment: where unseen digits are, and which digit's middle each place is nearest to. */
function plane({ labels }: Result, now: Moment, params: Params): Figure {
  const [all, means] = [spotsOf(now, labels), meansOf(now, labels)];
  const figure = regions(means, all, {
    points: all,
    title: `Unseen digits after ${now.step} steps: AUC ${percent(now.auc.shared)}`,
  });
  const right = all.filter((spot) => nearestOf(means, spot) === spot.class).length;
  return {
    ...figure,
    description:
      `Where the shared tower puts ${all.length} images that it has not seen, after ${now.step} steps. Each region is nearest to the ` +
      `middle of one digit, and ${right} of the images lie in the region of their own${leftOutText(params)}. ` +
      `A pair of one digit is nearer than a pair of two in ${percent(now.auc.shared)} of all comparisons.`,
    table: tableOf(means, all, (spot) => spot.class),
  };
}

/** Distances of unseen pairs by one tower, and by two. */
function distances({ judged }: Result): Figures {
  if (!judged) return {};
  const half = (name: string, { histograms, auc, same, different }: Judged) =>
    histogramChart(
      {
        edges: histograms.edges,
        curves: [
          { name: 'same digit', counts: histograms.same },
          { name: 'different digits', counts: histograms.different },
        ],
      },
      {
        title: `${name}: AUC ${percent(auc.all)}`,
        description: `${name}: unseen pairs of one digit are ${far(same)} apart in the median, pairs of two ${far(different)}.`,
        xLabel: 'distance',
        yLabel: 'share of pairs, %',
        height: 230,
      },
    );
  const halves = [half('One shared tower', judged.shared), half('Two towers', judged.separate)];
  const figure = smallMultiples(
    { figures: halves },
    {
      title: 'How far unseen pairs are apart',
      description: halves.map(({ description }) => description).join(' '),
      columns: 2,
    },
  );
  const rows = (['shared', 'separate'] as const).flatMap((name) => {
    const { edges, same, different } = judged[name].histograms;
    return same.map((share, i) => [
      name === 'shared' ? 'one tower' : 'two towers',
      ...[edges[i]!, edges[i + 1]!, share, different[i]!].map((value) => Number(value.toPrecision(4))),
    ]);
  });
  return {
    distances: {
      ...figure,
      table: { columns: ['towers', 'from', 'to', 'same digit, %', 'different digits, %'], rows },
    },
  };
}

function learning({ moments }: Result, { steps }: Params, moment: number): Figure {
  const shown = moments.slice(0, moment + 1);
  const line = (name: string, pick: (one: Moment) => number) => ({
    name,
    x: shown.map(({ step }) => step),
    y: shown.map((one) => 100 * pick(one)),
  });
  return lineChart(
    {
      series: [line('one shared tower', ({ auc }) => auc.shared), line('two towers', ({ auc }) => auc.separate)],
    },
    {
      title: 'AUC on unseen pairs during training',
      xLabel: 'step',
      yLabel: 'AUC, %',
      xDomain: [0, steps],
      yDomain: [40, 100],
    },
  );
}

/** Pictures side by side, by their names, with a blank column between them. */
function pictures(all: Readonly<Record<string, ArrayLike<number>>>, options: Parameters<typeof heatmap>[1]): Figure {
  const names = Object.keys(all);
  const values = Array.from({ length: SIDE }, (_, row) =>
    names.flatMap((name, i) => [
      ...(i === 0 ? [] : [0]),
      ...Array.from({ length: SIDE }, (_, column) => all[name]![SIDE * row + column]!),
    ]),
  );
  const [rows, columns] = [values, values[0]!].map((all) => all.map(() => ''));
  return heatmap(
    { values, rows: rows!, columns: columns! },
    { cellText: false, xLabel: `from left to right: ${names.join(', ')}`, ...options },
  );
}

/** The gradient of the weights into one unit, by the left images, by the right ones, and of the shared weights. */
function gradients({ gradients, unit }: Result): Figure {
  const unequal = gradients.reduce((sum, one) => sum + one.unequal, 0);
  const entries = gradients.reduce((sum, one) => sum + one.entries, 0);
  const figure = pictures(
    { 'left images': unit.left, 'right images': unit.right, 'shared weights': unit.shared },
    {
      title: 'The gradient of the weights into one unit: left + right = shared',
      description:
        'The gradient of the first step for the 196 weights into one unit of the first layer, in copies of the tower for the left and for ' +
        `the right images, and in the shared tower. Of ${entries.toLocaleString('en-US')} entries, those of all weights, ${unequal === 0 ? 'all' : (entries - unequal).toLocaleString('en-US')} are the sum of both to the last bit.`,
      scheme: 'diverging',
      height: 290,
    },
  );
  return {
    ...figure,
    table: {
      columns: ['weight', 'entries', 'norm, left', 'norm, right', 'norm, shared', 'not the sum'],
      rows: gradients.map(({ path, entries, left, right, shared, unequal }) => [
        path,
        entries,
        ...[left, right, shared].map((value) => Number(value.toPrecision(4))),
        unequal,
      ]),
    },
  };
}

/** The reader's pair: where it lies in the plane, and how the tower sees it. */
function pair({ compared, labels, moments }: Result, params: Params): Figures {
  if (!compared) return {};
  const { pixels, distance, further, places } = compared;
  const last = moments.at(-1)!;
  const means = meansOf(last, labels);
  const points = places.map(([x, y], side) => ({ x, y, class: 10 + side }));
  const [left, right] = points.map((spot) => nearestOf(means, spot));
  // Of a digit that was taken it is known what it is; of a drawing it is not.
  const mistakes = (['left', 'right'] as const).flatMap((side, i) => {
    const taken = readDrawing(params[side]);
    if (!taken || !('digit' in taken) || taken.digit === [left, right][i]) return [];
    return [
      ` The ${side} one shows a ${taken.digit}, and the tower does not put it with the others: not every unseen digit is where it belongs.`,
    ];
  });
  const said = `${percent(further.same)} of the unseen pairs of one digit are further apart, and ${percent(further.different)} of those of two.`;
  const middles = means.map(([x, y], digit) => ({ x, y, class: digit }));
  const figure = regions(means, spotsOf(last, labels), {
    points: [...middles, ...points],
    more: ['left image', 'right image'],
    title: `Your pair: ${far(distance)} apart`,
  });
  const seen = pictures(
    { left: pixels[0], right: pixels[1] },
    {
      title: 'Your pair as the tower sees it',
      description: `Both images in 14 × 14 pixels, in the size and the place that MNIST gives its digits. They are ${far(distance)} apart.`,
      scheme: 'inferno',
      domain: [0, 1],
      height: 290,
    },
  );
  const row = (name: string, value: number) => [name, Number(value.toPrecision(4))];
  return {
    pair: {
      ...figure,
      description:
        `The middles of the digits, and where the shared tower puts both images: the left one is nearest to the middle of the ${left}s, the right one to that of the ` +
        `${right}s. They are ${far(distance)} apart. ${said}${mistakes.join('')}`,
      table: {
        columns: ['what', 'value'],
        rows: [
          row('distance', distance),
          row('same digit, further apart', further.same),
          row('different digits, further apart', further.different),
          ...places.flatMap(([x, y], i) => [
            row(`${i === 0 ? 'left' : 'right'}, x`, x),
            row(`${i === 0 ? 'left' : 'right'}, y`, y),
          ]),
        ],
      },
    },
    seen,
  };
}

/** The plane, the distances, learning, the gradients and the reader's pair. */
export function figures(result: Result, params: Params, moment?: number): Figures {
  const at = Math.min(result.moments.length - 1, moment ?? Number.POSITIVE_INFINITY);
  return {
    plane: plane(result, result.moments[at]!, params),
    ...distances(result),
    learning: learning(result, params, at),
    gradients: gradients(result),
    ...pair(result, params),
  };
}
