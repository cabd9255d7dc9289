import { plural, shareText } from '../output/numbers.ts';
import type { Effect } from '../running/comparing.ts';

/** What was run, and what became of the classes. */
export function probeSentences({ probes, from, outputs }: Effect, on?: string): string[] {
  const classes = outputs.flatMap((output) => output.classes ?? []);
  return [
    `${on === undefined ? '' : `${on}: `}${plural(probes, 'probe')}, ${from}`,
    ...classes.map(
      ({ equal, rows, interval: [low, high] }) =>
        `  same top class in ${equal} of ${plural(rows, 'row')} (95 %: ${shareText(low)} to ${shareText(high)})`,
    ),
    ...(classes.some(({ tooUniform }) => tooUniform)
      ? ['  more than half of the probes are of one class: they say little about the others']
      : []),
  ];
}
