import type { WatchHistory, WatchRecord } from '../training/watch-history.ts';
import type { Exam } from './exam.ts';
import type { Finding, StepRange } from './finding.ts';

/** Where numbers ceased to be finite. */
interface Place {
  layer: string;
  weight: string | null;
  entries: number;
  what: string;
}

const CURE = {
  cause:
    'A number became too large for float32, or something was divided by 0, or the logarithm of 0 was taken. From there NaN spreads to everything that takes part in the next step.',
  remedy:
    'Go back to weights from before that step; lower the learning rate or clip gradients; look for NaN, infinity and zeros in the data and the loss.',
  call: 'model.compile({ optimizer: tf.train.sgd(learningRate / 10), loss })',
};

const finding = ({ layer, weight, entries, what }: Place, steps: StepRange | null, when: string): Finding => ({
  code: 'first-nan',
  layer,
  weight,
  steps,
  message: `${when}${entries} ${entries === 1 ? 'entry' : 'entries'} of ${what} ${entries === 1 ? 'is' : 'are'} NaN or infinite`,
  evidence: [{ measure: 'entries that are NaN or infinite', value: entries, limit: 0 }],
  ...CURE,
});

/** Where a record has its first: by weights alone, then what layers returned, then weights and gradients. */
function placeIn(record: WatchRecord, { layers, weights }: Exam): Place | null {
  const of = weights.map((one) => ({ ...one, at: record.weights[one.path] }));
  const broken = of.filter(({ at }) => (at?.moments.nonFinite ?? 0) > 0);
  const byWeight = ({ layer, path, at }: (typeof of)[number]): Place => ({
    layer,
    weight: path,
    entries: at!.moments.nonFinite,
    what: path,
  });
  const sick = of.filter(({ at }) => (at?.gradient?.nonFiniteSteps ?? 0) > 0 || (at?.gradient?.nonFinite ?? 0) > 0);
  // Not yet everywhere: NaN in a weight has not come through the model yet.
  if (broken.length > 0 && broken.length < of.filter(({ at }) => at).length && sick.length <= broken.length)
    return byWeight(broken.sort((a, b) => a.at!.moments.nonFinite - b.at!.moments.nonFinite)[0]!);
  for (const { path } of layers) {
    const { nonFinite = 0 } = record.activations?.[path] ?? {};
    if (nonFinite > 0) return { layer: path, weight: null, entries: nonFinite, what: `what ${path} returned` };
  }
  // What came first had the most bad steps; NaN goes back from where it arises, so the last of these layers is the place.
  const steps = Math.max(0, ...sick.map(({ at }) => at!.gradient!.nonFiniteSteps));
  const first = sick.filter(({ at }) => at!.gradient!.nonFiniteSteps === steps).at(-1);
  if (broken.length === of.filter(({ at }) => at).length || !first)
    return broken[0] ? byWeight(first && broken.includes(first) ? first : broken[0]) : null;
  const entries = first.at!.gradient!.nonFinite;
  return { layer: first.layer, weight: first.path, entries, what: `the gradient of ${first.path}` };
}

/** The steps of a record's window that are known to be the first bad ones. */
function stepsOf(record: WatchRecord, before: WatchRecord | undefined): StepRange {
  const after = before?.step ?? 0;
  const gradients = Object.values(record.weights).flatMap(({ gradient }) => (gradient ? [gradient] : []));
  const all = gradients.filter(({ measured, steps }) => measured === steps);
  const bad = Math.max(0, ...all.map(({ nonFiniteSteps }) => nonFiniteSteps));
  // NaN stays: so many steps at the end of the window were bad.
  if (bad > 0 && bad < record.step - after) return { after: record.step - bad, by: record.step - bad + 1 };
  return { after, by: record.step };
}

function inHistory(history: WatchHistory, exam: Exam): Finding[] {
  for (const [i, record] of history.records.entries()) {
    const place = placeIn(record, exam);
    if (!place) continue;
    const steps = stepsOf(record, history.records[i - 1]);
    const when = i === 0 ? 'at the start ' : `between steps ${steps.after} and ${steps.by} `;
    return [finding(place, i === 0 ? null : steps, when)];
  }
  return [];
}

function now({ layers, weights }: Exam): Finding[] {
  for (const { path, input, output } of layers) {
    const own = weights.find((one) => one.layer === path && bad(one.values) > 0);
    if (input && input.nonFinite > 0)
      return [
        finding({ layer: path, weight: null, entries: input.nonFinite, what: `what comes into ${path}` }, null, ''),
      ];
    if (own) return [finding({ layer: path, weight: own.path, entries: bad(own.values), what: own.path }, null, '')];
    if (output && output.nonFinite > 0)
      return [
        finding({ layer: path, weight: null, entries: output.nonFinite, what: `what ${path} returns` }, null, ''),
      ];
  }
  return [];
}

/** The first place with NaN or infinity: in the history, with its step; else in the model as it is, in the order of the data. */
export function firstNan(exam: Exam): Finding[] {
  const found = exam.history ? inHistory(exam.history, exam) : [];
  return found.length > 0 ? found : now(exam);
}

/** How many entries are NaN or infinite. */
function bad(values: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! - values[i]! !== 0) count++;
  return count;
}
