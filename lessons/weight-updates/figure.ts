import type { Figures } from '@weightkit/lesson';
import { contourChart, type Figure, lineChart } from '@weightkit/viz';
import { OPTIMIZERS, type OptimizerName } from './rules.ts';
import { heightText } from './summary.ts';
import { MAP, type Point, surfaces } from './surfaces.ts';
import { above, isAway, type WalkParams, walk } from './walk.ts';

/** A walk as it is drawn: by hand, or by TensorFlow.js with what the steps by hand are off. */
export interface Drawn {
  optimizer: OptimizerName;
  points: readonly Point[];
  apart?: readonly number[];
}

/** The moments of a run: where the walks stand after each step. */
export const momentsOf = ({ steps }: WalkParams): string[] =>
  Array.from({ length: steps + 1 }, (_, i) => (i === 0 ? 'the start' : `step ${i}`));

/** The walks by hand, which take no run. */
export const byHand = (params: WalkParams): Drawn[] =>
  OPTIMIZERS.map((optimizer) => ({ optimizer, points: walk(optimizer, params) }));

const even = ([from, to]: readonly [number, number], count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
const COLUMNS = even(MAP.x, 65);
const ROWS = even(MAP.y, 49);

const placeText = ([x, y]: Point): string => `(${x.toFixed(2)}, ${y.toFixed(2)})`.replaceAll('-', '−');

function map(drawn: readonly Drawn[], params: WalkParams): Figure {
  const { height, formula, levels } = surfaces[params.surface];
  const ends = drawn.map(({ optimizer, points }) => {
    const end = points.at(-1)!;
    if (isAway(end)) return `${optimizer} has run away after ${points.length - 1} steps`;
    return `${optimizer} is at ${placeText(end)}, ${heightText(above(params.surface, end))} above the lowest place`;
  });
  return contourChart(
    {
      values: ROWS.map((y) => COLUMNS.map((x) => height(x, y))),
      x: COLUMNS,
      y: ROWS,
      paths: drawn.map(({ optimizer, points }) => ({
        name: optimizer,
        x: points.map(([x]) => x),
        y: points.map(([, y]) => y),
      })),
    },
    {
      title: `Height ${formula}`,
      description: `Walks from ${placeText([params.x, params.y])} over ${formula}. ${ends.join('; ')}.`,
      levels,
      valueLabel: 'height',
      height: 440,
    },
  );
}

/** Lines of the four, with what lies below `floor` drawn at it. */
function lines(
  drawn: readonly Drawn[],
  valuesOf: (one: Drawn) => readonly number[],
  first: number,
  floor: number,
  steps: number,
  words: { title: string; yLabel: string; description: string },
): Figure {
  const series = drawn.map((one) => {
    const y = valuesOf(one).map((value) => Math.max(floor, value));
    return { name: one.optimizer, x: y.map((_, i) => i + first), y };
  });
  // One point makes no line: it is there from the first step on.
  return lineChart({ series }, { ...words, xLabel: 'step', yScale: 'log', xDomain: [0, Math.max(1, steps)] });
}

const heights = (drawn: readonly Drawn[], { surface, steps }: WalkParams): Figure =>
  lines(drawn, ({ points }) => points.map((point) => above(surface, point)), 0, 1e-8, steps, {
    title: 'How far above the lowest place',
    yLabel: 'height above the lowest',
    description: drawn
      .map(
        ({ optimizer, points }) =>
          `${optimizer} ends ${heightText(above(surface, points.at(-1)!))} above the lowest place`,
      )
      .join(', ')
      .concat('. Heights below 10⁻⁸ are drawn at 10⁻⁸.'),
  });

const lengthsOf = ({ points }: Drawn): number[] =>
  points.slice(1).map(([x, y], i) => Math.hypot(x - points[i]![0], y - points[i]![1]));

const lengths = (drawn: readonly Drawn[], { steps }: WalkParams): Figure =>
  lines(drawn, (one) => (one.points.length > 1 ? lengthsOf(one) : [0]), 1, 1e-8, steps, {
    title: 'How long each step is',
    yLabel: 'length',
    description: drawn
      .map((one) => [one, lengthsOf(one)] as const)
      .map(
        ([{ optimizer }, all]) =>
          `${optimizer}: first step ${heightText(all[0] ?? 0)}, last ${heightText(all.at(-1) ?? 0)}`,
      )
      .join('; ')
      .concat('. Steps shorter than 10⁻⁸ are drawn at 10⁻⁸.'),
  });

/** How far a step by hand ends from that of TensorFlow.js; its numbers are both. */
function apart(drawn: readonly Drawn[], { steps }: WalkParams): Figure {
  const most = Math.max(0, ...drawn.flatMap((one) => one.apart ?? []));
  const figure = lines(drawn, (one) => (one.apart?.length ? one.apart : [0]), 1, 1e-10, steps, {
    title: 'Steps by hand against TensorFlow.js',
    yLabel: 'how far apart',
    description: `At most ${most === 0 ? '0' : most.toExponential(1)} apart, over ${drawn.map((one) => one.apart?.length ?? 0).join(', ')} steps. What is below 10⁻¹⁰ is drawn at 10⁻¹⁰.`,
  });
  const rows = drawn.flatMap(({ optimizer, points, apart: off = [] }) =>
    points.map(([x, y], i) => [optimizer, i, x, y, i === 0 ? 0 : (off[i - 1] ?? 0)]),
  );
  return { ...figure, table: { columns: ['optimizer', 'step', 'x in TensorFlow.js', 'y', 'by hand apart'], rows } };
}

/** The figures of walks up to a moment. Without a run there are the walks by hand, which have nothing to compare. */
export function figures(all: readonly Drawn[], params: WalkParams, moment = params.steps): Figures {
  const drawn = all.map((one) => ({ ...one, points: one.points.slice(0, moment + 1) }));
  return {
    map: map(drawn, params),
    heights: heights(drawn, params),
    lengths: lengths(drawn, params),
    ...(all.every((one) => one.apart) && { apart: apart(all, params) }),
  };
}
