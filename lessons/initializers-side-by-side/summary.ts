import { NETWORK_NAMES } from './deep.ts';
import type { Params, Result } from './experiment.ts';
import { LAW_NAMES } from './laws.ts';
import { STACK } from './stack.ts';

/** Three digits that mean something: `0.632`, `1.2e-6`. */
export function shortNumber(value: number): string {
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5))
    return value.toExponential(1).replaceAll('-', '−');
  return String(Number(value.toPrecision(3))).replaceAll('-', '−');
}

/** How far a loss on fresh examples is from that of the best constant, as a share. */
export const beside = ({ training: { byLaw, constant } }: Result): number =>
  byLaw.He.fresh.at(-1)! / constant.fresh - 1;

/** A run in sentences. */
export function summary(result: Result, params: Params): string[] {
  const { samples, stack, deep, training } = result;
  const { inputs, units, epochs } = params;
  const ends = LAW_NAMES.map((name) => `${name} ${training.byLaw[name].train.at(-1)!.toFixed(3)}`);
  const freshEnds = LAW_NAMES.map((name) => training.byLaw[name].fresh.at(-1)!);
  const fresh = stack.lsuv.fresh.map(({ variance }) => Math.abs(variance - 1));
  const own = stack.lsuv.stages.at(-1)!.map(({ variance }) => Math.abs(variance - 1));
  const stds = LAW_NAMES.map((name) => {
    const { std, lawStd } = samples[name];
    return `${name} ${shortNumber(std)} (${shortNumber(lawStd)})`;
  });
  const furthest = LAW_NAMES.reduce((most, name) => {
    const share = (law: typeof name) => samples[law].distance / samples[law].critical;
    return share(name) > share(most) ? name : most;
  });
  const { distance, critical, count } = samples[furthest];
  return [
    `For a layer of ${inputs} inputs and ${units} units the thirteen laws draw weights with standard deviations from 0 to ${shortNumber(Math.max(...LAW_NAMES.map((name) => samples[name].std)))}.`,
    `In each sample, and by its law in brackets: ${stds.join(', ')}.`,
    `Furthest from its law for its size is ${furthest}: ${shortNumber(distance)} as a difference of shares; one in a thousand samples of ${count} independent weights is further than ${shortNumber(critical)}.`,
    `Training loss after ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} on random targets: ${ends.join(', ')}. The best constant: ${training.constant.train.toFixed(3)}.`,
    `On fresh examples the least of these losses is ${Math.min(...freshEnds).toFixed(3)}, and the best constant costs ${training.constant.fresh.toFixed(3)}.`,
    `LSUV: the variance of the sums of ${STACK.layers} layers is within ${shortNumber(Math.max(...own))} of 1 on its batch and within ${shortNumber(Math.max(...fresh))} on fresh inputs. The code of the slide gives ${shortNumber(stack.slide.at(-1)!.variance)} in the last layer.`,
    `Variance of the activations after 20 layers: ${NETWORK_NAMES.map((name) => `${name} ${shortNumber(deep[name].at(-1)!.variance)}`).join(', ')}.`,
  ];
}
