import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { WAYS, type Way } from './experiment.ts';
import { frozenText } from './figure.ts';
import { AMOUNTS, CONTRASTS, FROZEN, type Row } from './measure.ts';

type Setting = Pick<Row, 'first' | 'second' | 'contrast' | 'examples'>;
type Task = 'fresh' | 'old';

const percent = (share: number): string => (100 * share).toFixed(1);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const isOf = (row: Row, setting: Partial<Setting>): boolean =>
  Object.entries(setting).every(([name, value]) => row[name as keyof Setting] === value);
const netOf = ({ nets }: Row, way: Way) => nets.find((net) => net.way === way)!;
const shares = (rows: readonly Row[], setting: Setting, way: Way, task: Task): number[] =>
  rows.filter((row) => isOf(row, setting)).map((row) => netOf(row, way)[task]);

/** How far one way is ahead of another, seed by seed, in points. */
const aheadOf = (rows: readonly Row[], setting: Setting, task: Task, one: Way, other: Way): MeanInterval => {
  const others = shares(rows, setting, other, task);
  return meanInterval(shares(rows, setting, one, task).map((share, i) => 100 * (share - others[i]!)));
};

const BOTH = { first: true, second: true } as const;
/** Many new digits, which are pale: what the page opens with. */
const PALE: Setting = { ...BOTH, contrast: CONTRASTS[0], examples: AMOUNTS[0].examples };
/** Few new digits, which are like the old ones. */
const FEW: Setting = { ...BOTH, contrast: CONTRASTS[1], examples: AMOUNTS[1].examples };

const minus = (text: string): string => text.replaceAll('-', '−');
const points = ({ mean }: MeanInterval): string => minus(mean.toFixed(1));
const range = ({ low, high }: MeanInterval): string => minus(`${low.toFixed(1)} to ${high.toFixed(1)} points`);

function accuracies(rows: readonly Row[], task: Task): string {
  const settings = CONTRASTS.flatMap((contrast) =>
    AMOUNTS.flatMap(({ examples }) => FROZEN.map((frozen) => ({ ...frozen, contrast, examples }))),
  );
  return markdownTable(
    ['contrast', 'new digits', 'frozen', 'before', ...WAYS],
    settings.map((setting) => [
      String(setting.contrast),
      String(setting.examples),
      frozenText(setting),
      percent(mean(rows.filter((row) => isOf(row, setting)).map(({ before }) => before[task]))),
      ...WAYS.map((way) => percent(mean(shares(rows, setting, way, task)))),
    ]),
  );
}

/** Numbers that were frozen in all runs, and those of them that moved. */
function movedIn(rows: readonly Row[], way: Way) {
  const add = (pick: (row: Row) => number) => rows.reduce((sum, row) => sum + pick(row), 0);
  return {
    frozen: add(({ verified }) => verified.entries),
    weights: add((row) => netOf(row, way).moved.weights),
    statistics: add((row) => netOf(row, way).moved.statistics),
  };
}

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const moved = FROZEN.map((frozen) => {
    const own = rows.filter((row) => isOf(row, frozen));
    const cell = (way: Way) => {
      const { weights, statistics } = movedIn(own, way);
      return [String(weights / own.length), String(statistics / own.length)];
    };
    return [
      frozenText(frozen),
      String(own[0]!.verified.entries),
      ...cell('freeze()'),
      ...cell('trainable = false'),
      `${own.filter(({ caught }) => caught.entries === 1).length} of ${own.length}`,
    ];
  });
  return {
    seeds: String(shares(rows, PALE, 'freeze()', 'old').length),
    runs: String(rows.length),
    trap: points(aheadOf(rows, PALE, 'old', 'freeze()', 'trainable = false')),
    forgotten: points(aheadOf(rows, PALE, 'old', 'freeze()', 'nothing frozen')),
    price: points(aheadOf(rows, PALE, 'fresh', 'nothing frozen', 'freeze()')),
    gain: points(aheadOf(rows, FEW, 'fresh', 'freeze()', 'nothing frozen')),
    fresh: accuracies(rows, 'fresh'),
    old: accuracies(rows, 'old'),
    moved: markdownTable(
      [
        'frozen',
        'numbers',
        'weights moved, freeze()',
        'statistics moved, freeze()',
        'weights moved, trainable = false',
        'statistics moved, trainable = false',
        '1 ulp by hand is named',
      ],
      moved,
    ),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const seeds = shares(rows, PALE, 'freeze()', 'old').length;
  const [library, stock] = [movedIn(rows, 'freeze()'), movedIn(rows, 'trainable = false')];
  // Where nothing is frozen all of them move.
  const { statistics } = movedIn(rows, 'nothing frozen');
  const trap = aheadOf(rows, PALE, 'old', 'freeze()', 'trainable = false');
  const price = aheadOf(rows, PALE, 'fresh', 'nothing frozen', 'freeze()');
  const gain = aheadOf(rows, FEW, 'fresh', 'freeze()', 'nothing frozen');
  const deep =
    'the trap costs the old task, freezing costs the new one where digits are many and pale, and helps where they are few';
  return [
    {
      claim: 'What freeze() has frozen has the same bits after training, statistics of batch norm included.',
      effect: `${library.weights + library.statistics} of ${library.frozen} numbers moved in ${rows.length} runs`,
      interval: 'exact',
      seeds,
      tested: 'what freeze() froze has the same bits after training, and with stock the statistics of batch norm move',
    },
    {
      claim:
        'Of what trainable = false freezes, the statistics of batch norm move all the same, and nothing else does.',
      effect: `${stock.statistics} of ${statistics} statistics moved, and ${stock.weights} weights`,
      interval: 'exact',
      seeds,
      tested: 'what freeze() froze has the same bits after training, and with stock the statistics of batch norm move',
    },
    {
      claim: 'A frozen weight that is moved by one unit in the last place is named.',
      effect: `named alone in ${rows.filter(({ caught }) => caught.entries === 1).length} of ${rows.length} runs`,
      interval: 'exact',
      seeds,
      tested: 'one unit in the last place is caught, and put back it is not',
    },
    {
      claim:
        'On pale new digits the moved statistics cost accuracy on the old ones, though no weight below the output layer was trained.',
      effect: `${points(trap)} points less than with freeze()`,
      interval: range(trap),
      seeds,
      tested: deep,
    },
    {
      claim: 'With 1000 pale new digits freezing both layers costs accuracy on them.',
      effect: `${points(price)} points less than with nothing frozen`,
      interval: range(price),
      seeds,
      tested: deep,
    },
    {
      claim: 'With 50 new digits that look like the old ones freezing both layers gains accuracy.',
      effect: `${points(gain)} points more than with nothing frozen`,
      interval: range(gain),
      seeds,
      tested: deep,
    },
  ];
}
