import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { INPUTS } from '../siamese/size.ts';
import { ACTIVATION_BITS } from './experiment.ts';
import { fileOf, kilobytes } from './figure.ts';
import { BITS, SHARED, type Shared } from './grids.ts';
import { LAYERS } from './layers.ts';
import type { Row } from './measure.ts';

/** Weights and biases. */
const PARAMETERS = Object.values(LAYERS).reduce(
  ({ sum, inputs }, units) => ({ sum: sum + (inputs + 1) * units, inputs: units }),
  { sum: 0, inputs: INPUTS as number },
).sum;

const named = (rows: readonly Row[], label: Row['label']): Row[] => rows.filter((row) => row.label === label);
const intervalOf = (rows: readonly Row[], pick: (row: Row) => number): MeanInterval => meanInterval(rows.map(pick));
/** With a minus sign that is as wide as a plus sign, and none before 0. */
const signed = (value: number): string =>
  value
    .toFixed(1)
    .replace(/^-(?!0\.0$)/, '−')
    .replace('-', '');
const points = ({ low, high }: MeanInterval): string => `${signed(100 * low)} to ${signed(100 * high)} points`;
const share = (interval: MeanInterval): string =>
  `${signed(100 * interval.mean)} (${signed(100 * interval.low)} to ${signed(100 * interval.high)})`;

const rightWith = (row: Row, bits: number, shared: Shared): number => fileOf(row, { bits, shared }).accuracy;
const fewOf = ({ few }: Row, bits: number) => few.find((one) => one.bits === bits)!;
const rangedOf = ({ ranged }: Row, bits: number, way: string): number =>
  ranged.find((one) => one.bits === bits && one.way === way)!.accuracy;
const ratio = ({ times }: Row): number => times!.packed / times!.float32;

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const [rounding, training, timed] = (['rounding', 'training', 'time'] as const).map((label) =>
    named(rows, label),
  ) as [Row[], Row[], Row[]];
  const mean = (all: Row[], pick: (row: Row) => number) => intervalOf(all, pick).mean;
  const percentOf = (all: Row[], pick: (row: Row) => number) => signed(100 * mean(all, pick));
  const lostWith = (bits: number, shared: Shared, all = rounding) =>
    percentOf(all, (row) => row.accuracy - rightWith(row, bits, shared));
  const few = (name: 'nearest' | 'gptq' | 'later' | 'aware', bits: number, all: Row[]) =>
    share(intervalOf(all, (row) => fewOf(row, bits)[name]));
  const bytes = (bits: number, shared: Shared) => fileOf(rounding[0]!, { bits, shared }).bytes;
  const ways = [...new Set(rounding[0]!.ranged.map(({ way }) => way))];
  const time = (pick: (row: Row) => number) => mean(timed, pick).toFixed(1);
  return {
    seeds: String(rounding.length),
    accuracy: percentOf(rounding, ({ accuracy }) => accuracy),
    'lost-8': lostWith(8, 'a layer'),
    'lost-4': lostWith(4, 'a layer'),
    'lost-3': lostWith(3, 'a layer'),
    'lost-2': lostWith(2, 'a layer'),
    'two-layer': percentOf(rounding, (row) => rightWith(row, 2, 'a layer')),
    'two-output': percentOf(rounding, (row) => rightWith(row, 2, 'an output')),
    'two-group': percentOf(rounding, (row) => rightWith(row, 2, '28 inputs')),
    'two-clipped': percentOf(training, (row) => rightWith(row, 2, 'a layer')),
    'float-bytes': kilobytes(rounding[0]!.bytes),
    described: kilobytes(rounding[0]!.bytes - 4 * PARAMETERS),
    'four-bytes': kilobytes(bytes(4, 'a layer')),
    'group-bytes': (bytes(4, '28 inputs') - bytes(4, 'a layer')).toLocaleString('en-US'),
    'few-nearest': percentOf(rounding, (row) => fewOf(row, 2).nearest),
    'few-gptq': percentOf(rounding, (row) => fewOf(row, 2).gptq),
    'few-later': percentOf(rounding, (row) => fewOf(row, 2).later),
    'few-aware': percentOf(rounding, (row) => fewOf(row, 2).aware),
    'few-long': percentOf(training, (row) => fewOf(row, 2).aware),
    'float-long': percentOf(training, ({ longer }) => longer),
    'act-4': percentOf(rounding, (row) => rangedOf(row, 4, 'least and greatest')),
    'act-2': percentOf(rounding, (row) => rangedOf(row, 2, 'least and greatest')),
    'act-2-mse': percentOf(rounding, (row) => rangedOf(row, 2, 'least square error')),
    'time-float': time(({ times }) => times!.float32),
    'time-packed': time(({ times }) => times!.packed),
    files: markdownTable(
      ['bits', ...SHARED.map((shared) => `a scale for ${shared}`), ...SHARED.map((shared) => `bytes, ${shared}`)],
      BITS.map((bits) => [
        String(bits),
        ...SHARED.map((shared) => share(intervalOf(rounding, (row) => rightWith(row, bits, shared)))),
        ...SHARED.map((shared) => bytes(bits, shared).toLocaleString('en-US')),
      ]),
    ),
    few: markdownTable(
      ['bits', 'further steps', 'nearest code', 'GPTQ', 'trained on, then rounded', 'trained on with rounded weights'],
      [rounding, training].flatMap((all) =>
        [3, 2].map((bits) => [
          String(bits),
          String(all[0]!.more),
          few('nearest', bits, all),
          few('gptq', bits, all),
          few('later', bits, all),
          few('aware', bits, all),
        ]),
      ),
    ),
    activations: markdownTable(
      ['bits', ...ways],
      ACTIVATION_BITS.map((bits) => [
        String(bits),
        ...ways.map((way) => share(intervalOf(rounding, (row) => rangedOf(row, bits, way)))),
      ]),
    ),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const rounding = named(rows, 'rounding');
  const seeds = rounding.length;
  const eight = intervalOf(rounding, (row) => row.accuracy - rightWith(row, 8, 'a layer'));
  const stock = intervalOf(rounding, (row) => row.accuracy - row.stock);
  const shared = intervalOf(rounding, (row) => rightWith(row, 2, '28 inputs') - rightWith(row, 2, 'a layer'));
  const aware = intervalOf(rounding, (row) => fewOf(row, 2).aware - fewOf(row, 2).later);
  const gptq = intervalOf(rounding, (row) => fewOf(row, 2).gptq - fewOf(row, 2).nearest);
  const ranged = intervalOf(
    rounding,
    (row) => rangedOf(row, 2, 'least square error') - rangedOf(row, 2, 'least and greatest'),
  );
  const timed = named(rows, 'time');
  const slower = intervalOf(timed, ratio);
  const of = (interval: MeanInterval) => `${signed(100 * interval.mean)} points`;
  const int8 = '8 bits lose less than half a point, with any way to share a scale and in the file of bytes';
  const two =
    '2 bits lose most where weights become the nearest codes, and few points after training with rounded weights';
  return [
    {
      claim: 'No weight is further from its code than half a step.',
      effect: `at most ${Math.max(...rounding.map(({ error }) => error)).toFixed(3)} halves of a step`,
      interval: 'exact',
      seeds,
      tested: 'no weight is further from its code than half a step, with any bits and any way to share a scale',
    },
    {
      claim: 'Stock TensorFlow.js loads the files and predicts what the rounded weights predict.',
      effect: 'all 10,000 outputs of each of 9 files, to the bit',
      interval: 'exact',
      seeds: 1,
      tested: 'stock TensorFlow.js loads each file and predicts, to the bit, what the rounded weights predict',
    },
    { claim: '8 bits lose less than half a point.', effect: of(eight), interval: points(eight), seeds, tested: int8 },
    {
      claim: 'So does the file of a byte for each weight that needs no library.',
      effect: of(stock),
      interval: points(stock),
      seeds,
      tested: int8,
    },
    {
      claim: 'At 2 bits a scale for 28 inputs keeps more than one for a layer.',
      effect: of(shared),
      interval: points(shared),
      seeds,
      tested: 'at 2 bits the fewer weights share a scale, the more is right; at 8 bits it is all one',
    },
    {
      claim: 'At 2 bits GPTQ keeps more than the nearest codes.',
      effect: of(gptq),
      interval: points(gptq),
      seeds,
      tested: two,
    },
    {
      claim: 'At 2 bits training with rounded weights keeps more than training as long and rounding then.',
      effect: of(aware),
      interval: points(aware),
      seeds,
      tested: two,
    },
    {
      claim: 'Activations of 2 bits keep more where their ranges have the least square error.',
      effect: of(ranged),
      interval: points(ranged),
      seeds,
      tested: 'activations of 2 bits keep more where their ranges have the least square error',
    },
    {
      claim: 'A prediction with weights from a file of 4 bits takes as long as before.',
      effect: `${slower.mean.toFixed(2)} times as long`,
      interval: `${slower.low.toFixed(2)} to ${slower.high.toFixed(2)}`,
      seeds: timed.length,
      tested: 'what is loaded from 4 bits is float32 again: as many numbers, as many bytes of memory',
    },
  ];
}
