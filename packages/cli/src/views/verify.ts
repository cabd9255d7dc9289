import type { Comparison, Verification, VerifyOptions } from '../commands/verify.ts';
import { numberText, shareText } from '../output/numbers.ts';
import { type Cell, cell, left, number, right, text, type View } from '../output/view.ts';
import { probeSentences } from './probes.ts';

const COLUMNS = [
  left('on'),
  left('what'),
  right('signal to noise (dB)', 'sqnr'),
  right('relative'),
  right('largest'),
  right('same class', 'same_class'),
];

const onText = ({ on, against }: Comparison): string => (on === against ? on : `${on} against ${against}`);

/** Signal to noise of an output whose noise is `relative` of it. */
const decibels = (relative: number): number => (relative === 0 ? Number.POSITIVE_INFINITY : -20 * Math.log10(relative));

const decibelCell = (value: number): Cell =>
  cell(value, Number.isFinite(value) ? value.toFixed(1) : numberText(value), value >= 20 ? undefined : 'bad');

/** The layers in the order of their calls, and then the outputs. */
function rowsOf(comparison: Comparison): Cell[][] {
  const on = text(onText(comparison));
  const none = cell(null, '');
  return [
    ...comparison.layers.map(({ path, sqnr }) => [on, text(path), decibelCell(sqnr), none, none, none]),
    ...comparison.outputs.map(({ relative, largest, classes }, i) => [
      on,
      text(`output ${i + 1}`),
      decibelCell(decibels(relative)),
      number(relative),
      number(largest),
      classes ? cell(classes.share, shareText(classes.share)) : none,
    ]),
  ];
}

function sentences(comparison: Comparison): string[] {
  const { firstDiverging, layers } = comparison;
  const least = layers.reduce<(typeof layers)[number] | undefined>(
    (worst, layer) => (worst && worst.sqnr <= layer.sqnr ? worst : layer),
    undefined,
  );
  return [
    ...probeSentences(comparison, onText(comparison)),
    firstDiverging !== null
      ? `  the first layer with less than 20 dB is ${firstDiverging}`
      : least
        ? `  no layer has less than 20 dB; ${least.path} has least, ${numberText(least.sqnr)}`
        : '  a graph model has no layers to look at',
  ];
}

/** `verify` as a table of layers and outputs, and what they come to. */
export function verifyView(
  { comparisons, holds }: Verification,
  { agree, maxRelative }: Pick<VerifyOptions, 'agree' | 'maxRelative'>,
): View {
  const asked = [
    ...(agree === undefined ? [] : [`${shareText(agree)} same top classes`]),
    `outputs within ${numberText(maxRelative)} of their size`,
    'no layer below 20 dB',
  ].join(', ');
  return {
    head: [],
    table: { columns: COLUMNS, rows: comparisons.flatMap(rowsOf) },
    foot: [...comparisons.flatMap(sentences), `${holds ? 'holds' : 'DOES NOT HOLD'}: ${asked}`],
  };
}
