import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { BESIDE, type Norm } from './experiment.ts';
import { called, sizeText } from './figure.ts';
import { type Row, SCALES } from './measure.ts';
import { accuraciesOf, mean, rangeOfMeans, rangesOf, TRAINED } from './sweep.ts';

const percent = (share: number): string => (100 * share).toFixed(1);
const leastToMost = (shares: readonly number[]): string =>
  `${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}`;
/** Below this a network guesses: ten digits, and what chance adds. */
const GUESSING = 0.2;
const scaleText = (scale: number): string => `×${scale}`;

/** What the last layer gives at the first step, from one scale. */
const signalsOf = (rows: readonly Row[], norm: Norm, scale: number): number[] =>
  rows.filter((row) => row.scale === scale).flatMap(({ nets }) => nets.find((net) => net.norm === norm)?.signal ?? []);

const kernelsOf = (rows: readonly Row[], form: string, scale: number) =>
  rows.filter((row) => row.scale === scale).flatMap(({ kernels }) => kernels.filter((kernel) => kernel.form === form));

const stuckOf = (accuracies: readonly number[]): string =>
  `${accuracies.filter((accuracy) => accuracy < GUESSING).length} of ${accuracies.length}`;

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const accuracies = TRAINED.map((norm) => [
    called(norm),
    ...SCALES.map((scale) => percent(mean(accuraciesOf(rows, norm, scale)))),
    percent(rangeOfMeans(rows, norm)),
    leastToMost(rangesOf(rows, norm)),
  ]);
  const signals = (['nothing', 'batch norm', ...BESIDE] as const).map((norm) => [
    called(norm),
    ...SCALES.map((scale) => sizeText(mean(signalsOf(rows, norm, scale)))),
  ]);
  const kernels = ['as drawn', 'weight norm, g = 1', 'spectral norm', 'weight standardization'].map((form) => {
    const cell = (scale: number) => {
      const all = kernelsOf(rows, form, scale);
      const lengths = all.flatMap((kernel) => kernel.lengths);
      return [
        sizeText(mean(all.map(({ largest }) => largest))),
        `${sizeText(Math.min(...lengths))} to ${sizeText(Math.max(...lengths))}`,
      ];
    };
    return [form, ...cell(SCALES[0]), ...cell(SCALES.at(-1)!)];
  });
  return {
    seeds: String(accuraciesOf(rows, 'nothing', SCALES[0]).length),
    stuck: stuckOf(accuraciesOf(rows, 'weight norm, g = 1', SCALES[0])),
    worse: percent(mean(accuraciesOf(rows, 'batch norm', 1)) - mean(accuraciesOf(rows, 'batch norm', SCALES.at(-1)!))),
    accuracies: markdownTable(
      ['network', ...SCALES.map(scaleText), 'apart', 'apart in one seed, least to most'],
      accuracies,
    ),
    signals: markdownTable(['network', ...SCALES.map(scaleText)], signals),
    kernels: markdownTable(
      ['form', 'largest singular value, ×0.1', 'lengths of units, ×0.1', 'largest singular value, ×10', 'lengths, ×10'],
      kernels,
    ),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const ranges = (norm: Norm) => meanInterval(rangesOf(rows, norm));
  const seeds = rangesOf(rows, 'nothing').length;
  const text = ({ low, high }: MeanInterval) => `${percent(low)} to ${percent(high)} points`.replaceAll('-', '−');
  const tested = 'two decades of first weights are far apart without normalization, and close with batch norm';
  const spread = (norm: Norm) => {
    const logs = SCALES.map((scale) => Math.log10(mean(signalsOf(rows, norm, scale))));
    return Math.max(...logs) - Math.min(...logs);
  };
  const lengths = SCALES.flatMap((scale) =>
    kernelsOf(rows, 'weight norm, g = 1', scale).flatMap((kernel) => kernel.lengths),
  );
  return [
    {
      claim: 'With batch normalization two decades of first weights make little difference to the test accuracy.',
      effect: `best and worst of five scales are ${percent(ranges('batch norm').mean)} points apart in a seed, ${percent(rangeOfMeans(rows, 'batch norm'))} in the mean of the seeds`,
      interval: text(ranges('batch norm')),
      seeds,
      tested,
    },
    {
      claim: 'Without normalization the same two decades decide whether the network learns.',
      effect: `best and worst of five scales are ${percent(ranges('nothing').mean)} points apart in a seed, ${percent(rangeOfMeans(rows, 'nothing'))} in the mean of the seeds`,
      interval: text(ranges('nothing')),
      seeds,
      tested,
    },
    {
      claim:
        'What five layers give at the first step hardly depends on the scale of the weights with batch normalization, and without it does by its fifth power.',
      effect: `${spread('nothing').toFixed(2)} powers of ten apart without, ${spread('batch norm').toFixed(2)} with`,
      interval: 'exact',
      seeds,
      tested:
        'the signal of five layers goes with the fifth power of the scale, and with every normalization but weight norm it does not move',
    },
    {
      claim: 'With weight normalization and g = 1 every unit has length 1, whatever was drawn.',
      effect: `lengths from ${Math.min(...lengths)} to ${Math.max(...lengths)} over all scales, to four digits`,
      interval: 'exact',
      seeds,
      tested: 'the length of every unit is g, and the kernels that the figure shows are those that the library makes',
    },
  ];
}
