import type { Exam } from './exam.ts';
import type { Finding } from './finding.ts';
import { startCall } from './start-call.ts';
import { percent } from './words.ts';

/** A hidden layer is ill when a larger share of what it gives lies at an end of its activation. */
const SATURATED_SHARE = 0.5;

/** Hidden layers that stand at the ends of their activation, where the slope, and with it the gradient, is nearly 0. */
export function saturation(exam: Exam): Finding[] {
  return exam.layers.flatMap((layer) => {
    const { path, isOutput, saturated, activation, className } = layer;
    if (isOutput || saturated === null || saturated <= SATURATED_SHARE) return [];
    const what = /LSTM|GRU/.test(className) ? 'gates' : activation.name;
    return [
      {
        code: 'saturation' as const,
        layer: path,
        weight: null,
        steps: null,
        message: `${percent(saturated)} of what ${path} gives lies at an end of its ${what}`,
        evidence: [{ measure: 'share of saturated values', value: saturated, limit: SATURATED_SHARE }],
        cause:
          'The sums before the activation are far from 0: the weights are too large for what comes in, or what comes in is too large. At the ends the slope is nearly 0, so that hardly any gradient comes through.',
        remedy:
          'Bring the inputs to mean 0 and variance 1, and start the kernel with the variance that fits its fan-in.',
        call: startCall(exam, layer, { biases: true }),
      },
    ];
  });
}
