import type { Lesson, Verdict } from '@weightkit/lesson';
import { about } from './about.ts';
import { placeText } from './cases.ts';
import { caseFor, debugging, type Params, type Result } from './experiment.ts';
import { figures, percent, sizes, whoText } from './figure.ts';
import { isDiagnosed, judge, NEAR, named } from './judge.ts';
import { namedBy } from './named.ts';

const bare = (text: string): string => text.replace(/[.;]$/, '');

/** What came out, in sentences. What ails the network is said only to who has said what it may be. */
function summary(result: Result, params: Params): string[] {
  const { case: ill, patient, twin, treated, findings } = result;
  const first = `${whoText(params)} has ${percent(patient.accuracy)} of the test digits right after ${params.steps} steps, and its healthy twin ${percent(twin.accuracy)}.`;
  const after = treated ? [`After the treatment (${params.cure}) it has ${percent(treated.accuracy)}.`] : [];
  const seen = sizes(result).map((text) => `${text[0]!.toUpperCase()}${text.slice(1)}.`);
  if (!isDiagnosed(params))
    return [
      first,
      ...after,
      ...seen,
      'Say what it is and where, and you will learn what was planted and what doctor finds.',
    ];
  const { cause, place } = judge(result, params);
  const said = cause
    ? place
      ? 'Your diagnosis is right.'
      : 'The cause is right, the place is not.'
    : 'It is not what you said.';
  const told = namedBy(findings);
  return [
    first,
    ...after,
    ...seen,
    `${said} Planted was: ${named(ill.cause, ill.layers)}. doctor says: ${named(told.cause, told.layers)}.`,
    ...findings.map(({ code, message }) => `doctor, ${code}: ${bare(message)}.`),
  ];
}

/** Which kernels get a gradient in the first step. */
function answer({ case: ill, patient }: Result): string {
  const first = patient.moments[0]?.gradients ?? [];
  const at = first.flatMap((gradient, i) => (gradient === 0 ? [] : [i + 1]));
  const [low, high] = [ill.layers[0] ?? 0, ill.layers.at(-1) ?? 0];
  if (at.length === 0) return 'none';
  if (at.length === first.length) return 'all six';
  if (at.every((layer) => layer < low)) return 'those before it';
  if (at.every((layer) => layer > high)) return 'those behind it';
  return at.length === first.length - 1 && !at.includes(low) ? 'all but that one' : `layers ${at.join(', ')}`;
}

function check(result: Result, params: Params): Verdict {
  if (!isDiagnosed(params)) return { met: false, text: 'Say first what it is, and where.' };
  const { case: ill, treated, twin } = result;
  const { cause, place, mended } = judge(result, params);
  if (!cause) return { met: false, text: 'It is something else.' };
  if (!place) return { met: false, text: `The cause is right. The place is not: it is ${placeText(ill.layers)}.` };
  if (ill.cause === 'healthy')
    return { met: false, text: 'You are right: this network is well. Take one that is ill.' };
  if (!treated) return { met: false, text: 'The diagnosis is right. Now choose a treatment.' };
  const ends = `${percent(treated.accuracy)} of the test digits, and the healthy twin ${percent(twin.accuracy)}`;
  return mended
    ? { met: true, text: `The diagnosis is right, and treated it has ${ends}.` }
    : { met: false, text: `The diagnosis is right, but treated it has ${ends}: more than ${100 * NEAR} points less.` };
}

/** Whether two settings ask for the same networks. What the reader says changes none of them, and a place does where something is done to it. */
function isSameRun(from: Params, to: Params): boolean {
  const [a, b] = [caseFor(from), caseFor(to)];
  const isOfPlace = to.cure === 'new weights there' || to.cure === 'biases of 0 there';
  return (
    from.seed === to.seed &&
    from.steps === to.steps &&
    from.cure === to.cure &&
    a.kind === b.kind &&
    (!isOfPlace || from.where === to.where)
  );
}

export const lesson: Lesson<Params, Result> = {
  ...about,
  probe: { steps: 10, plant: 'healthy, ReLU' },
  work: ({ steps, cure }) => (cure === 'none' ? 2 : 3) * (20 + steps),
  experiment: debugging,
  derive: (result, from, to) => (isSameRun(from, to) ? result : undefined),
  figures,
  summary,
  answer,
  check,
};
