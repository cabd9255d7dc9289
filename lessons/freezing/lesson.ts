import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { batchOf, freezing, frozenLayers, type Params, type Result } from './experiment.ts';
import { capital, figures, frozenMoved, frozenText, last, percent } from './figure.ts';

/** Steps of an epoch. */
const stepsOf = (count: number): number => Math.floor(count / batchOf(count));

/** What came out, in sentences. */
function summary({ nets, verified, caught }: Result, params: Params): string[] {
  const [library, stock] = nets;
  const isFrozen = frozenLayers(params).length > 0;
  const counts = [library!, stock!].map((net) => {
    const { moved, all } = frozenMoved(last(net), params);
    return { all, text: `${moved} with ${net.way}` };
  });
  const ends = nets.map((net) => {
    const { fresh, old } = last(net);
    return `With ${net.way}, ${percent(fresh)} of the new test digits are right, and ${percent(old)} of the old ones with the old output layer.`;
  });
  const { old } = library!.moments[0]!;
  return [
    isFrozen
      ? `${capital(frozenText(params))} frozen, with batch norm: ${counts[0]!.all} numbers. After training ${counts.map(({ text }) => text).join(' and ')} have other bits.`
      : 'Nothing is frozen: all 3 networks are trained alike.',
    `Before the new digits came, ${percent(old)} of the old ones were right.`,
    ...ends,
    ...(verified ? [`verify() compared ${verified.entries} numbers bit by bit and named ${verified.moved}.`] : []),
    ...(caught
      ? [
          `One entry of ${caught.path} was then moved from ${caught.was} to ${caught.is}, and verify() named it: ${caught.entries} entry.`,
        ]
      : []),
  ];
}

function answer({ nets }: Result, params: Params): string {
  const { all, moved, statistics } = frozenMoved(last(nets[1]!), params);
  if (moved === 0) return 'none';
  if (moved === all) return `all ${all}`;
  return `${moved}, ${moved === statistics ? 'the statistics of batch norm' : 'all of batch norm'}`;
}

const GOAL = 0.75;

function check({ nets }: Result, { first, second, contrast }: Params): Verdict {
  if (!first || !second || contrast > 0.3)
    return { met: false, text: 'Both layers have to be frozen, and the contrast has to be 0.3 or less.' };
  const { fresh } = last(nets[0]!);
  return { met: fresh >= GOAL, text: `With freeze() ${percent(fresh)} of the new test digits are right.` };
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  // Of small networks backends are about as fast, and each load of the page would take another one.
  probe: { old: 100, units: 100, epochs: 1, examples: 20 },
  // Steps: those of the first task, and those of three networks, which are looked at after each epoch.
  work: ({ old, epochs, examples }) => 4 * stepsOf(old) + 3 * epochs * (2 + stepsOf(examples)),
  experiment: freezing,
  moments: ({ nets }) => nets[2]!.moments.map(({ epoch }) => `epoch ${epoch}`),
  figures,
  summary,
  answer,
  check,
};
