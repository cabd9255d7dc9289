import type { Params, Result } from './experiment.ts';
import { countText, plan, torchTotalOf, totalOf } from './sizes.ts';
import { readStack } from './stack.ts';

/** Largest difference between what is computed by hand and what TensorFlow.js gives. */
export const worstOf = ({ byHand, predicted }: Result): number =>
  byHand.reduce((worst, y, i) => Math.max(worst, Math.abs(y - (predicted[i] ?? y))), 0);

const list = (values: readonly number[]): string =>
  values
    .map((value) => value.toFixed(2))
    .join(', ')
    .replaceAll('-', '−');

/** A run in sentences: the counts, each layer's shapes, the product by hand. */
export function summary(result: Result, { stack: text }: Params): string[] {
  const planned = plan(readStack(text).stack);
  const [total, torch] = [totalOf(planned), torchTotalOf(planned)];
  const agrees =
    total === result.total ? 'TensorFlow.js counts the same' : `TensorFlow.js counts ${countText(result.total)}`;
  const more = torch === total ? '' : ` PyTorch has ${countText(torch)}: its recurrent layers have two biases.`;
  const shapes = planned.map(({ name, label, tfjs, torch, sum, count }) => {
    const of = (all: typeof tfjs) => all.map((one) => `${one.name} ${one.shape.join(' × ')}`).join(', ');
    return count === 0
      ? `${name} (${label}) has no weights.`
      : `${name} (${label}): ${sum} = ${countText(count)}. TensorFlow.js: ${of(tfjs)}. PyTorch: ${of(torch)}.`;
  });
  const worst = worstOf(result);
  return [
    `${countText(total)} parameters by the rule, and ${agrees}.${more}`,
    ...shapes,
    `y = Wx + b by hand: (${list(result.byHand)}); by predict: (${list(result.predicted)}), ` +
      `${worst === 0 ? 'the same' : `at most ${worst.toExponential(1).replace('e-', ' · 10^−')} apart`}.`,
  ];
}
