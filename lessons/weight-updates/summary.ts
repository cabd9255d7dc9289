import type { Params, Result } from './experiment.ts';
import { above, isAway } from './walk.ts';

const sign = (value: number): string => String(Number(value.toFixed(3))).replace('-', '−');

/** A height in the digits that mean something. */
export const heightText = (height: number): string =>
  height < 1e-6 ? 'less than 0.000001' : String(Number(height.toPrecision(2)));

/** Largest distance between a step by hand and that of TensorFlow.js. */
export const worstOf = ({ tracks }: Result): number => Math.max(0, ...tracks.flatMap(({ apart }) => apart));

/** A run in sentences: where each walk ends, and how far the steps by hand are off. */
export function summary(result: Result, params: Params): string[] {
  const { tracks } = result;
  const known = tracks.filter(({ points }) => !isAway(points.at(-1)!));
  const heightOf = (track: (typeof tracks)[number]) => above(params.surface, track.points.at(-1)!);
  const best = [...known].sort((a, b) => heightOf(a) - heightOf(b))[0];
  const worst = worstOf(result);
  return [
    best
      ? `After ${params.steps} steps ${best.optimizer} is lowest, ${heightText(heightOf(best))} above the lowest place.`
      : `All ${tracks.length} have run away.`,
    ...tracks.map(({ optimizer, points }) => {
      const [x, y] = points.at(-1)!;
      const steps = points.length - 1;
      if (isAway([x, y])) return `${optimizer} ran away: it is off the map by more than 50 after ${steps} steps.`;
      return `${optimizer}: (${sign(x)}, ${sign(y)}) after ${steps} steps.`;
    }),
    `Every step by hand ends at most ${Number((1e6 * worst).toPrecision(2))} millionths from that of TensorFlow.js.`,
  ];
}
