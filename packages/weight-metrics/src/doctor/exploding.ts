import { gradients, type Passage, rise, signals } from './course.ts';
import type { Exam, LayerExam } from './exam.ts';
import type { Finding } from './finding.ts';
import { startCall } from './start-call.ts';
import { short } from './words.ts';

/** A signal or gradient explodes when it grows more than this over the whole model. */
const GROWTH_OVER_MODEL = 1e3;
/** Or more than this over one layer. */
const GROWTH_OVER_LAYER = 50;
/** Through time: more than this over the whole sequence. */
const GROWTH_OVER_TIME = 100;
/** In training: a gradient longer than so many times the median of those before it. */
const GROWTH_IN_TRAINING = 1e3;

const finding = (
  layer: string,
  message: string,
  evidence: Finding['evidence'],
  rest: Pick<Finding, 'cause' | 'remedy' | 'call'> & Partial<Pick<Finding, 'weight' | 'steps'>>,
): Finding => ({ code: 'exploding', layer, weight: null, steps: null, message, evidence, ...rest });

function ofDepth(exam: Exam, what: 'signal' | 'gradient', { from, to, factor, whole }: Passage): Finding[] {
  // Back it goes through the kernel of the layer that it comes from.
  const layer = what === 'signal' ? to : from;
  if (!(factor > GROWTH_OVER_LAYER || whole > GROWTH_OVER_MODEL)) return [];
  const way = what === 'signal' ? 'forward' : 'on its way back';
  return [
    finding(
      layer.path,
      `the ${what} explodes ${way}: ${short(factor)} times as large behind ${layer.path}, ${short(whole)} times over the whole model`,
      [
        { measure: `growth of the ${what} at the layer`, value: factor, limit: GROWTH_OVER_LAYER },
        { measure: `growth of the ${what} over the model`, value: whole, limit: GROWTH_OVER_MODEL },
      ],
      {
        cause: 'The kernel is too large for its fan-in: each such layer multiplies what comes by more than 1.',
        remedy:
          'Give the kernels the variance that their activation needs, or normalize; clip gradients where it happens in training alone.',
        call: startCall(exam, layer),
      },
    ),
  ];
}

function ofTime(exam: Exam, layer: LayerExam): Finding[] {
  return layer.courses.flatMap(({ steps, signal, gradient }) => {
    const passed = steps.at(-1)! - steps[0]!;
    const forward = signal[0]! > 0 ? signal.at(-1)! / signal[0]! : 1;
    const back = gradient && gradient.at(-1)! > 0 ? gradient[0]! / gradient.at(-1)! : 1;
    const [what, whole] = forward > back ? (['state', forward] as const) : (['gradient', back] as const);
    if (passed === 0 || !(whole > GROWTH_OVER_TIME)) return [];
    return [
      finding(
        layer.path,
        `the ${what} explodes through time in ${layer.path}: ${short(whole)} times as large over ${passed} steps`,
        [{ measure: `growth of the ${what} over the sequence`, value: whole, limit: GROWTH_OVER_TIME }],
        {
          cause: 'Each step multiplies the state by the recurrent kernel, whose largest singular value is above 1.',
          remedy: 'Start the recurrent kernel orthogonal, and clip gradients.',
          call: startCall(exam, layer),
        },
      ),
    ];
  });
}

const middle = (sorted: readonly number[]): number => sorted[Math.floor((sorted.length - 1) / 2)]!;

/** Gradients that grew in training, by weight. */
function inTraining({ history, weights }: Exam): Finding[] {
  if (!history) return [];
  const found = weights.flatMap(({ path, layer }) => {
    const norms = history.records.flatMap(({ step, weights: at }) => {
      const gradient = at[path]?.gradient;
      const [mean, most] = [Number(gradient?.meanNorm ?? Number.NaN), Number(gradient?.maxNorm ?? Number.NaN)];
      return Number.isFinite(mean) && Number.isFinite(most) ? [{ step, mean, most }] : [];
    });
    for (let i = 1; i < norms.length; i++) {
      const usual = middle(
        norms
          .slice(0, i)
          .map(({ mean }) => mean)
          .sort((a, b) => a - b),
      );
      const growth = usual > 0 ? norms[i]!.most / usual : 1;
      if (growth <= GROWTH_IN_TRAINING) continue;
      const steps = { after: norms[i - 1]!.step, by: norms[i]!.step };
      return [{ path, layer, growth, steps }];
    }
    return [];
  });
  const first = Math.min(...found.map(({ steps }) => steps.by));
  return found
    .filter(({ steps }) => steps.by === first)
    .sort((a, b) => b.growth - a.growth)
    .slice(0, 1)
    .map(({ path, layer, growth, steps }) =>
      finding(
        layer,
        `the gradient of ${path} explodes in training, between steps ${steps.after} and ${steps.by}: ${short(growth)} times the usual`,
        [{ measure: 'longest gradient over the median before', value: growth, limit: GROWTH_IN_TRAINING }],
        {
          weight: path,
          steps,
          cause:
            'A step was too long: the weights went to where the loss is steep, and the next gradient is longer still.',
          remedy: 'Take a lower learning rate, or clip the gradient.',
          call: 'model.compile({ optimizer: tf.train.sgd(learningRate / 10), loss })',
        },
      ),
    );
}

/** Signals that grow forward, gradients that grow backward, through time or in training. */
export function exploding(exam: Exam): Finding[] {
  const courses = { signal: rise(signals(exam)), gradient: rise(gradients(exam)) };
  const found = [
    ...(courses.signal ? ofDepth(exam, 'signal', courses.signal) : []),
    ...(courses.gradient ? ofDepth(exam, 'gradient', courses.gradient) : []),
    ...exam.layers.flatMap((layer) => ofTime(exam, layer)),
    ...inTraining(exam),
  ];
  return found.filter(({ layer }, i) => found.findIndex((one) => one.layer === layer) === i);
}
