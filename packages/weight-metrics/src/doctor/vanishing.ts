import { fall, gradients, type Passage, signals } from './course.ts';
import type { Exam, LayerExam } from './exam.ts';
import type { Finding } from './finding.ts';
import { startCall } from './start-call.ts';
import { short } from './words.ts';

/** A signal or gradient has vanished when less than this is left of it over the whole model. */
const LEFT_OVER_MODEL = 1e-4;
/** Or less than this over one layer. */
const LEFT_OVER_LAYER = 1e-2;
/** Through time: less than this over the whole sequence and over each of its steps in the geometric mean. */
const LEFT_OVER_TIME = { whole: 1e-4, step: 0.4 };

function ofDepth(exam: Exam, what: 'signal' | 'gradient', passage: Passage): Finding[] {
  const { from, to, factor, whole } = passage;
  // Back it goes from a layer's output to its input: through the kernel of the layer that it comes from.
  const layer = what === 'signal' ? to : from;
  if (!(factor < LEFT_OVER_LAYER || whole < LEFT_OVER_MODEL)) return [];
  const way = what === 'signal' ? 'forward' : 'on its way back';
  return [
    {
      code: 'vanishing',
      layer: layer.path,
      weight: null,
      steps: null,
      message: `the ${what} vanishes ${way}: ${short(factor)} of it is left behind ${layer.path}, ${short(whole)} over the whole model`,
      evidence: [
        { measure: `part of the ${what} that is left at the layer`, value: factor, limit: LEFT_OVER_LAYER },
        { measure: `part of the ${what} that is left over the model`, value: whole, limit: LEFT_OVER_MODEL },
      ],
      cause:
        what === 'signal'
          ? 'The kernel is too small for its fan-in, or sigmoids follow each other: what differs between examples is gone before the output.'
          : 'Each layer multiplies the gradient by its kernel and by the slope of its activation; small kernels and sigmoids make it smaller each time, and the layers before hardly learn.',
      remedy:
        'Give the kernels the variance that their activation needs, use ReLUs for sigmoids, normalize, or add residual connections.',
      call: startCall(exam, layer, { biases: true }),
    },
  ];
}

function ofTime(exam: Exam, layer: LayerExam): Finding[] {
  return layer.courses.flatMap(({ steps, gradient }) => {
    if (!gradient || steps.length < 2) return [];
    const last = gradient.at(-1)!;
    if (!(last > 0)) return [];
    const passed = steps.at(-1)! - steps[0]!;
    const whole = gradient[0]! / last;
    const step = whole ** (1 / passed);
    if (!(whole < LEFT_OVER_TIME.whole && step < LEFT_OVER_TIME.step)) return [];
    return [
      {
        code: 'vanishing' as const,
        layer: layer.path,
        weight: null,
        steps: null,
        message: `the gradient vanishes through time in ${layer.path}: ${short(step)} of it is left for each step back, ${short(whole)} over ${passed} steps`,
        evidence: [
          { measure: 'part of the gradient that is left over the sequence', value: whole, limit: LEFT_OVER_TIME.whole },
          { measure: 'part of the gradient that is left for each step', value: step, limit: LEFT_OVER_TIME.step },
        ],
        cause:
          'Each step back multiplies the gradient by the recurrent kernel and the slope of the activation or the forget gate. What came early in the sequence is not learned.',
        remedy:
          'Start the recurrent kernel orthogonal, and gates without large biases; an LSTM gets open forget gates by `forgetBias()`.',
        call: startCall(exam, layer, { biases: true }),
      },
    ];
  });
}

/** Signals that fade forward and gradients that fade backward or through time. */
export function vanishing(exam: Exam): Finding[] {
  const courses = { signal: fall(signals(exam)), gradient: fall(gradients(exam)) };
  const found = [
    ...(courses.signal ? ofDepth(exam, 'signal', courses.signal) : []),
    ...(courses.gradient ? ofDepth(exam, 'gradient', courses.gradient) : []),
    ...exam.layers.flatMap((layer) => ofTime(exam, layer)),
  ];
  // One for each layer, the first.
  return found.filter(({ layer }, i) => found.findIndex((one) => one.layer === layer) === i);
}
