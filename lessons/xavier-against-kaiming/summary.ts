import type { MeanInterval } from '@weightkit/lesson';
import { OWN } from './advice.ts';
import { advantage, ahead } from './ahead.ts';
import type { Pair, Params, Result } from './experiment.ts';

/** `+12.3`, `−0.4`. */
export const signed = (value: number): string =>
  `${value.toFixed(1) === '-0.0' || value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(1)}`;

/** What an interval says, in words. */
export function verdictOf(interval: MeanInterval | undefined): string {
  if (!interval) return 'one pair says nothing yet';
  if (interval.low > 0) return 'He is ahead';
  return interval.high < 0 ? 'Xavier is ahead' : 'no difference that could be told from chance';
}

const percent = (pairs: readonly Pair[], law: 'xavier' | 'he'): string =>
  `${((100 * pairs.reduce((sum, pair) => sum + pair[law].accuracy, 0)) / pairs.length).toFixed(1)} %`;

/** The networks of a run, in words. */
export function networksOf({ network, depth, units, activation, optimizer, epochs }: Params): string {
  const layers =
    network === 'all of one width'
      ? `${depth} hidden ${depth === 1 ? 'layer' : 'layers'} of ${units} ${activation} units`
      : `the layers 100-64-32-1 of slide 12 with ${activation}`;
  return `${layers}, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} of ${optimizer}`;
}

/** A run in sentences. */
export function summary({ pairs, advice }: Result, params: Params): string[] {
  const interval = advantage(pairs);
  const all = ahead(pairs);
  const [more, less] = [all.filter((points) => points > 0).length, all.filter((points) => points < 0).length];
  const told = interval
    ? `He is ${signed(interval.mean)} points ahead on average, 95 % interval ${signed(interval.low)} to ${signed(interval.high)}: ${verdictOf(interval)}.`
    : `He is ${signed(all[0]!)} points ahead in the only pair.`;
  return [
    told,
    `${pairs.length} ${pairs.length === 1 ? 'pair' : 'pairs'} with ${networksOf(params)}. Test accuracy: Xavier ${percent(pairs, 'xavier')}, He ${percent(pairs, 'he')} on average. He is ahead in ${more}, Xavier in ${less}.`,
    ...advice[params.layer][params.after].map(
      ({ weight, law, reason, reference }) =>
        `recommend, for ${params.layer} followed by ${params.after} (${weight}): ${law}. ${reason}. ${reference}`,
    ),
    `As a Dense layer of ${OWN.inputs} inputs and ${OWN.units} units, Xavier’s weights have a standard deviation of ${Math.sqrt(2 / (OWN.inputs + OWN.units)).toFixed(3)}, He’s of ${Math.sqrt(2 / OWN.inputs).toFixed(3)}.`,
  ];
}
