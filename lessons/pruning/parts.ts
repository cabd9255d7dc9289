import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { byRound, byShare } from './charts.ts';
import { SHARES } from './experiment.ts';
import { grouped } from './figure.ts';
import { OTHER, type Row, TICKET_STEPS } from './measure.ts';

const signed = (value: number, digits = 1): string => value.toFixed(digits).replace('-', '−');
const mean = (all: readonly number[]): number => meanInterval(all).mean;
const spanOf = ({ low, high }: MeanInterval): string => `${signed(100 * low)} to ${signed(100 * high)}`;
/** A share in percent with its interval. */
function share(all: readonly number[]): string {
  const interval = meanInterval(all);
  return `${signed(100 * interval.mean)} (${spanOf(interval)})`;
}
const known = (all: readonly (number | null)[]): number[] => all.filter((value) => value !== null);
/** The mean and interval of what there is, or nothing. */
const shareOr = (all: readonly (number | null)[]): string => (known(all).length > 0 ? share(known(all)) : '');

/** The place of 90 % among the shares. */
const NINETY = SHARES.indexOf(90);
/** The rows of 90 % zeros, smallest first. */
const atNinety = (rows: readonly Row[]): Row[] => byShare(rows).find(([at]) => at === 90)![1];
const labelled = (rows: readonly Row[], label: Row['label']): Row[] => rows.filter((row) => row.label === label);
const gain = ({ tuned, dense }: Row): number => tuned! - dense;
const behindLonger = ({ tuned, longer }: Row): number => tuned! - longer!;
const time = (rows: readonly Row[], i: number): number[] => rows.map(({ files }) => files[i]!.ms! / files[0]!.ms!);

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const ninety = atNinety(rows);
  const less = byShare(rows).find(([at]) => at === OTHER)![1];
  const units = labelled(rows, 'units');
  const rounds = byRound(rows);
  const last = rounds.at(-1)!;
  const bytes = (of: (row: Row) => number, own = ninety) => grouped(Math.round(mean(own.map(of))));
  const percent = (all: readonly number[]) => (100 * mean(all)).toFixed(1);
  const line = (name: string, own: readonly Row[]) => [
    name,
    String(own.length),
    percent(own.map(({ zeros }) => zeros)),
    share(own.map(({ dense }) => dense)),
    share(own.map(({ atOnce }) => atOnce)),
    shareOr(own.map(({ tuned }) => tuned)),
    shareOr(own.map(({ gradual }) => gradual)),
    shareOr(own.map(({ longer }) => longer)),
    bytes(({ files }) => files[1]!.gzip, [...own]),
  ];
  const free = rows.filter(({ label, sparsity }) => label === 'weights' && sparsity === 90).map((row) => row.free);
  return {
    seeds: String(ninety.length),
    fewer: String(units.length),
    free: mean(free).toFixed(0),
    'free-least': String(Math.min(...free)),
    'free-most': String(Math.max(...free)),
    dense: percent(ninety.map(({ dense }) => dense)),
    'at-once': percent(ninety.map(({ atOnce }) => atOnce)),
    tuned: percent(ninety.map(({ tuned }) => tuned!)),
    'tuned-less': percent(less.map(({ tuned }) => tuned!)),
    'gradual-less': percent(less.map(({ gradual }) => gradual!)),
    gain: share(ninety.map(gain)),
    'behind-longer': share(ninety.map(behindLonger)),
    random: percent(labelled(rows, 'at random').map(({ tuned }) => tuned!)),
    'random-at-once': percent(ninety.map(({ curve }) => curve.random[NINETY]!)),
    'layer-at-once': percent(ninety.map(({ curve }) => curve.layer[NINETY]!)),
    pattern: percent(labelled(rows, '2:4').map(({ atOnce }) => atOnce)),
    'pattern-tuned': percent(labelled(rows, '2:4').map(({ tuned }) => tuned!)),
    bytes: bytes(({ files }) => files[0]!.bytes),
    'gzip-dense': bytes(({ files }) => files[0]!.gzip),
    gzip: bytes(({ files }) => files[1]!.gzip),
    'time-zeros': mean(time(ninety, 1)).toFixed(2),
    'time-units': mean(time(units, 2)).toFixed(2),
    'units-accuracy': percent(units.map(({ files }) => files[2]!.accuracy)),
    'units-dense': percent(units.map(({ dense }) => dense)),
    'units-ninety': percent(ninety.map(({ files }) => files[2]!.accuracy)),
    'ticket-zeros': (100 * last[0]!.sparsity).toFixed(1),
    'ticket-steps': String(TICKET_STEPS),
    ticket: percent(last.map(({ first }) => first)),
    'ticket-redrawn': share(last.map(({ first, redrawn }) => first - redrawn!)),
    'ticket-random': share(last.map(({ first, randomMask }) => first - randomMask!)),
    table: markdownTable(
      [
        'what goes',
        'seeds',
        'zeros, %',
        'dense, %',
        'at once, %',
        'trained on, %',
        'little by little, %',
        'dense, trained on, %',
        'bytes by gzip',
      ],
      [
        ...byShare(rows).map(([at, own]) => line(`weights, ${at} %`, own)),
        line('weights at random, 90 %', labelled(rows, 'at random')),
        line('2:4', labelled(rows, '2:4')),
        line(`units of each layer, ${units[0]!.sparsity} %`, units),
      ],
    ),
    sizes: markdownTable(
      ['network', 'bytes', 'by gzip', 'accuracy, %', 'time of a prediction, dense = 1'],
      (
        [
          ['dense', ninety, 0],
          ['with 90 % zeros', ninety, 1],
          ['50 % of the units taken out', units, 2],
          ['90 % of the units taken out', ninety, 2],
        ] as const
      ).map(([name, own, i]) => [
        name,
        bytes(({ files }) => files[i]!.bytes, [...own]),
        bytes(({ files }) => files[i]!.gzip, [...own]),
        share(own.map(({ files }) => files[i]!.accuracy)),
        mean(time(own, i)).toFixed(2),
      ]),
    ),
    tickets: markdownTable(
      ['zeros, %', 'first weights, %', 'less other first weights, points', 'less random masks, points'],
      rounds.map((own) => [
        (100 * own[0]!.sparsity).toFixed(1),
        share(own.map(({ first }) => first)),
        shareOr(own.map(({ first, redrawn }) => (redrawn === null ? null : first - redrawn))),
        shareOr(own.map(({ first, randomMask }) => (randomMask === null ? null : first - randomMask))),
      ]),
    ),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const ninety = atNinety(rows);
  const deep = 'with 90 % zeros and after training on, accuracy is within a point of the dense network';
  const own = meanInterval(ninety.map(gain));
  const lost = meanInterval(ninety.map(({ dense, atOnce }) => dense - atOnce));
  const smaller = meanInterval(ninety.map(({ files }) => files[0]!.gzip / files[1]!.gzip));
  const last = byRound(rows).at(-1)!;
  const redrawn = meanInterval(last.map((ticket) => ticket.first - ticket.redrawn!));
  const random = meanInterval(last.map((ticket) => ticket.first - ticket.randomMask!));
  const zeros = (100 * last[0]!.sparsity).toFixed(1);
  return [
    {
      claim: 'With 90 % of its weights at 0 and trained on, a network is within one point of the dense one.',
      effect: `${signed(100 * own.mean)} points`,
      interval: `${spanOf(own)} points`,
      seeds: ninety.length,
      tested: deep,
    },
    {
      claim: 'Right after pruning to 90 % zeros much is lost; training on brings it back.',
      effect: `${signed(100 * lost.mean)} points lost at once`,
      interval: `${spanOf(lost)} points`,
      seeds: ninety.length,
      tested: deep,
    },
    {
      claim: 'Zeros leave the file as large as it was, and gzip makes it smaller.',
      effect: `${smaller.mean.toFixed(2)} times smaller by gzip with 90 % zeros`,
      interval: `${smaller.low.toFixed(2)} to ${smaller.high.toFixed(2)}`,
      seeds: ninety.length,
      tested: 'zeros leave the file as long as it was, and gzip finds them; fewer units make it shorter',
    },
    {
      claim: 'A network whose pruned units are taken out predicts what the network with zeros predicts.',
      effect: `no probability further apart than ${Number(Math.max(...rows.map(({ largest }) => largest)).toPrecision(1))} in ${rows.length} runs`,
      interval: 'exact',
      seeds: new Set(rows.map(({ seed }) => seed)).size,
      tested:
        'units taken out: the smaller network gives the same to what rounding allows, and calls every digit the same',
    },
    {
      claim: `A lottery ticket with ${zeros} % zeros learns more from its own first weights than from others.`,
      effect: `${signed(100 * redrawn.mean)} points`,
      interval: `${spanOf(redrawn)} points`,
      seeds: last.length,
      tested: 'a lottery ticket learns more from its own first weights than from others, and than under random masks',
    },
    {
      claim: 'It also learns more than its first weights do under random masks.',
      effect: `${signed(100 * random.mean)} points`,
      interval: `${spanOf(random)} points`,
      seeds: last.length,
      tested: 'a lottery ticket learns more from its own first weights than from others, and than under random masks',
    },
  ];
}
