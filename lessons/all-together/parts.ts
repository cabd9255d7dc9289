import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { NAMES, type Stage } from './experiment.ts';
import { grouped } from './figure.ts';
import { BUDGETS, type Row, TIGHT, WAYS, type Way } from './measure.ts';

/** With a minus sign that is as wide as a plus sign, and none before 0. */
const signed = (value: number): string =>
  value
    .toFixed(1)
    .replace(/^-(?!0\.0$)/, '−')
    .replace('-', '');
const intervalOf = (rows: readonly Row[], pick: (row: Row) => number): MeanInterval => meanInterval(rows.map(pick));
const mean = (rows: readonly Row[], pick: (row: Row) => number): number => intervalOf(rows, pick).mean;
const span = ({ low, high }: MeanInterval): string => `${signed(100 * low)} to ${signed(100 * high)}`;
/** In percent or points, with the interval. */
const share = (interval: MeanInterval): string => `${signed(100 * interval.mean)} (${span(interval)})`;

export const labelled = (rows: readonly Row[], label: Row['label'], budget?: number): Row[] =>
  rows.filter((row) => row.label === label && (budget === undefined || row.budget === budget));

const first = ({ stages }: Row): Stage => stages[0]!;
export const last = ({ stages }: Row): Stage => stages.at(-1)!;
const accuracy = (row: Row) => last(row).accuracy;
const whole = (row: Row) => first(row).accuracy;
/** What the small network is better by than the whole one: as it was trained, and trained as long. */
const gain = (row: Row) => accuracy(row) - whole(row);
const gainOfLonger = (row: Row) => accuracy(row) - row.longer!;
/** What training with rounded weights is worth. */
const trained = (row: Row) => accuracy(row) - last(row).before!;

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const base = labelled(rows, 'default');
  const tight = labelled(rows, 'budget', TIGHT);
  const percent = (own: readonly Row[], pick: (row: Row) => number) => signed(100 * mean(own, pick));
  const bytes = (own: readonly Row[], pick: (row: Row) => number) => grouped(Math.round(mean(own, pick)));
  /** The same whole network, trained as long. */
  const longerOf = (seed: number) => base.find((row) => row.seed === seed)!.longer!;
  const bitsOf = (own: readonly Row[]) => {
    const all = [...new Set(own.map(({ bits }) => bits))].sort((a, b) => a - b);
    return all.join(' or ');
  };
  const line = (name: string, own: readonly Row[]) => [
    name,
    `${own[0]!.units.join(' and ')}`,
    bytes(own, ({ weights }) => weights),
    bitsOf(own),
    bytes(own, (row) => last(row).bytes),
    bytes(own, (row) => last(row).gzip),
    share(intervalOf(own, accuracy)),
    share(intervalOf(own, gain)),
  ];
  return {
    seeds: String(base.length),
    whole: percent(base, whole),
    'whole-bytes': bytes(base, (row) => first(row).bytes),
    longer: percent(base, ({ longer }) => longer!),
    accuracy: percent(base, accuracy),
    gain: share(intervalOf(base, gain)),
    'gain-of-longer': share(intervalOf(base, gainOfLonger)),
    'ahead-of-small': signed(-100 * mean(base, gainOfLonger)),
    bytes: bytes(base, (row) => last(row).bytes),
    gzip: bytes(base, (row) => last(row).gzip),
    'tight-accuracy': percent(tight, accuracy),
    'tight-gzip': bytes(tight, (row) => last(row).gzip),
    'tight-behind-longer': share(meanInterval(tight.map((row) => accuracy(row) - longerOf(row.seed)))),
    'tight-before': percent(tight, (row) => last(row).before!),
    'tight-trained': share(intervalOf(tight, trained)),
    'tight-whole': bytes(tight, ({ codes }) => codes.whole.bytes),
    'tight-packed': bytes(tight, ({ codes }) => codes.tight.bytes),
    'tight-whole-gzip': bytes(tight, ({ codes }) => codes.whole.gzip),
    'tight-packed-gzip': bytes(tight, ({ codes }) => codes.tight.gzip),
    'all-three': percent(labelled(rows, 'all three'), accuracy),
    'units-alone': percent(labelled(rows, 'units alone'), accuracy),
    'zeros-alone': percent(labelled(rows, 'zeros alone'), accuracy),
    'bits-alone-gzip': bytes(labelled(rows, 'bits alone'), (row) => last(row).gzip),
    steps: markdownTable(
      ['step', 'bytes', 'packed by gzip', 'right at once, %', 'right, %'],
      NAMES.map((name, i) => [
        name,
        bytes(base, ({ stages }) => stages[i]!.bytes),
        bytes(base, ({ stages }) => stages[i]!.gzip),
        base[0]!.stages[i]!.before === null ? '' : share(intervalOf(base, ({ stages }) => stages[i]!.before!)),
        share(intervalOf(base, ({ stages }) => stages[i]!.accuracy)),
      ]),
    ),
    budgets: markdownTable(
      ['what', 'units', 'weights not 0', 'bits', 'bytes', 'packed by gzip', 'right, %', 'better than whole, points'],
      [
        line('30 kB', base),
        ...BUDGETS.map((budget) => line(`${budget} kB`, labelled(rows, 'budget', budget))),
        ...(Object.keys(WAYS) as Way[]).map((way) => line(`${TIGHT} kB, ${way}`, labelled(rows, way))),
      ],
    ),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const base = labelled(rows, 'default');
  const tight = labelled(rows, 'budget', TIGHT);
  const seeds = base.length;
  const own = intervalOf(base, gain);
  const longer = intervalOf(base, gainOfLonger);
  const less = intervalOf(tight, gain);
  const taught = intervalOf(tight, trained);
  const size = intervalOf(base, (row) => last(row).bytes);
  const packed = intervalOf(tight, ({ codes }) => codes.whole.gzip / codes.tight.gzip);
  const within = 'in 30 kB a network is within a point of the whole one, also of one that is trained as long';
  const counted = 'what is counted and scored is what is downloaded: node unpacks it, plain TensorFlow.js loads it';
  const points = ({ mean }: MeanInterval) => `${signed(100 * mean)} points`;
  return [
    {
      claim: 'The files of the default run have less than 30,000 bytes before gzip, and it is they that are scored.',
      effect: `${grouped(Math.round(size.mean))} bytes`,
      interval: `${grouped(Math.floor(size.low))} to ${grouped(Math.ceil(size.high))} bytes`,
      seeds,
      tested: counted,
    },
    {
      claim: 'In 30 kB the network has at most one point less right than whole.',
      effect: points(own),
      interval: `${span(own)} points`,
      seeds,
      tested: within,
    },
    {
      claim: 'That holds against the whole network after as many steps, too.',
      effect: points(longer),
      interval: `${span(longer)} points`,
      seeds,
      tested: within,
    },
    {
      claim: 'In 8 kB, with weights of few bits, it has at most one point less right than whole.',
      effect: points(less),
      interval: `${span(less)} points`,
      seeds: tight.length,
      tested: 'in 8 kB it is within a point of the whole one, and training with codes is what keeps it there',
    },
    {
      claim: 'In 8 kB, training with rounded weights is worth points of accuracy.',
      effect: points(taught),
      interval: `${span(taught)} points`,
      seeds: tight.length,
      tested: 'in 8 kB it is within a point of the whole one, and training with codes is what keeps it there',
    },
    {
      claim: 'Of codes of few bits with a byte for each, gzip leaves more than of the same codes packed bit by bit.',
      effect: `${packed.mean.toFixed(2)} times as much`,
      interval: `${packed.low.toFixed(2)} to ${packed.high.toFixed(2)}`,
      seeds: tight.length,
      tested: 'packed bit by bit, codes of few bits have fewer bytes than gzip makes of a byte for each',
    },
  ];
}
