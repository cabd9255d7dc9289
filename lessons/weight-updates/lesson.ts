import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { type Params, type Result, weightUpdates } from './experiment.ts';
import { figures, momentsOf } from './figure.ts';
import { OPTIMIZERS } from './rules.ts';
import { summary } from './summary.ts';
import { above, isAway } from './walk.ts';

const IN_THE_HOLE = 0.2;
const LOW = 0.001;

/** Which of the four are near the lowest place. */
function answer({ tracks }: Result, { surface }: Params): string {
  const low = tracks.filter(({ points }) => above(surface, points.at(-1)!) < IN_THE_HOLE).map((one) => one.optimizer);
  if (low.length === 0) return 'none';
  return low.length === OPTIMIZERS.length ? 'all four' : low.join(' and ');
}

function check({ tracks }: Result, { surface, x, y, steps, noise }: Params): Verdict {
  const wrong = (text: string): Verdict => ({ met: false, text });
  if (surface !== 'banana') return wrong('This is not the banana.');
  if (x !== -3 || y !== 2) return wrong('The start is not x = −3, y = 2.');
  if (noise !== 0) return wrong('There is noise.');
  if (steps !== 200) return wrong(`It walks ${steps} steps, not 200.`);
  const end = tracks[0]!.points.at(-1)!;
  if (isAway(end)) return wrong('SGD has run away.');
  const height = above(surface, end);
  const text = `SGD ends at a height of ${height < 1e-5 ? 'less than 0.00001' : Number(height.toPrecision(2))}.`;
  return { met: height < LOW, text };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { steps: 5 },
  work: ({ steps }) => steps,
  experiment: weightUpdates,
  moments: (_, params) => momentsOf(params),
  figures: ({ tracks }, params, moment) => figures(tracks, params, moment),
  summary,
  answer,
  check,
};
