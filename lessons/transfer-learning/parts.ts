import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { METHODS, type Method } from './experiment.ts';
import { AMOUNTS, FEW, ON_PAPER, type Row } from './measure.ts';

/** What begins with the base. */
const MOVED = ['frozen', 'fine-tuned', 'gradual', 'LoRA'] as const satisfies readonly Method[];
/** The methods of the learning curves. */
const COMPARED = [...MOVED, 'from scratch'] as const satisfies readonly Method[];
const SCRATCH = 'from scratch';
const TRAP = 'trainable = false';

const of = (row: Row, method: Method) => row.methods.find((one) => one.method === method)!;
export const rowsOf = (rows: readonly Row[], examples: number, paper = false): Row[] =>
  rows.filter((row) => row.examples === examples && row.paper === paper);
/** Test accuracies on the new digits in percent, seed by seed. */
export const freshOf = (rows: readonly Row[], method: Method): number[] =>
  rows.map((row) => 100 * of(row, method).fresh);
const oldOf = (rows: readonly Row[], method: Method): number[] => rows.map((row) => 100 * of(row, method).old!);

/** How far one list is above another, seed by seed. */
const ahead = (one: readonly number[], other: readonly number[]): MeanInterval =>
  meanInterval(one.map((value, i) => value - other[i]!));
/** How far a method is ahead of the start from scratch in points, seed by seed. */
export const aheadOfScratch = (rows: readonly Row[], method: Method): MeanInterval =>
  ahead(freshOf(rows, method), freshOf(rows, SCRATCH));

/** The same for few examples: the mean of 10, 20 and 50 in each seed. */
const aheadWithFew = (rows: readonly Row[]): MeanInterval => {
  const gains = FEW.map((examples) => {
    const own = rowsOf(rows, examples);
    const scratch = freshOf(own, SCRATCH);
    return freshOf(own, 'frozen').map((value, i) => value - scratch[i]!);
  });
  return meanInterval(gains[0]!.map((_, i) => gains.reduce((sum, gain) => sum + gain[i]!, 0) / gains.length));
};

const minus = (text: string): string => text.replaceAll('-', '−');
const points = ({ mean }: MeanInterval): string => minus(mean.toFixed(1));
const range = ({ low, high }: MeanInterval): string => minus(`${low.toFixed(1)} to ${high.toFixed(1)} points`);
const told = (gain: MeanInterval): string => `${points(gain)} points (${range(gain).replace(' points', '')})`;
const withHalf = ({ mean, high }: MeanInterval): string => `${mean.toFixed(1)} ± ${(high - mean).toFixed(1)}`;
const signed = ({ mean, low, high }: MeanInterval): string =>
  minus(`${mean > 0 ? '+' : ''}${mean.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`);

/** The parts of the page, and of the guide, that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const [ten, twenty, most, paper] = [
    rowsOf(rows, 10),
    rowsOf(rows, 20),
    rowsOf(rows, AMOUNTS.at(-1)!),
    rowsOf(rows, ON_PAPER, true),
  ];
  return {
    seeds: String(ten.length),
    'seeds-paper': String(paper.length),
    runs: String(rows.length),
    ten: told(aheadOfScratch(ten, 'frozen')),
    twenty: told(aheadOfScratch(twenty, 'frozen')),
    few: told(aheadWithFew(rows)),
    tuned: told(ahead(freshOf(most, 'fine-tuned'), freshOf(most, 'frozen'))),
    kept: points(ahead(oldOf(paper, 'frozen'), oldOf(paper, TRAP))),
    suits: points(ahead(freshOf(paper, TRAP), freshOf(paper, 'frozen'))),
    accuracies: markdownTable(
      ['examples', 'seeds', ...COMPARED],
      AMOUNTS.map((examples) => {
        const own = rowsOf(rows, examples);
        const cells = COMPARED.map((method) => withHalf(meanInterval(freshOf(own, method))));
        return [String(examples), String(own.length), ...cells];
      }),
    ),
    ahead: markdownTable(
      ['examples', ...MOVED],
      AMOUNTS.map((examples) => {
        const own = rowsOf(rows, examples);
        return [String(examples), ...MOVED.map((method) => signed(aheadOfScratch(own, method)))];
      }),
    ),
    trap: markdownTable(
      ['method', 'numbers trained', 'numbers of the base that changed', 'new digits', 'old digits, old head'],
      METHODS.map((method) => {
        const [one] = paper;
        const { trained } = of(one!, method);
        const changed = Math.max(...paper.map((row) => of(row, method).changed));
        const old = method === SCRATCH ? '' : withHalf(meanInterval(oldOf(paper, method)));
        return [method, String(trained), String(changed), withHalf(meanInterval(freshOf(paper, method))), old];
      }),
    ),
    before: withHalf(meanInterval(paper.map(({ base }) => 100 * base))),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const paper = rowsOf(rows, ON_PAPER, true);
  const few = aheadWithFew(rows);
  const most = rowsOf(rows, AMOUNTS.at(-1)!);
  const tuned = ahead(freshOf(most, 'fine-tuned'), freshOf(most, 'frozen'));
  const kept = ahead(oldOf(paper, 'frozen'), oldOf(paper, TRAP));
  const changed = (method: Method) => rows.reduce((sum, row) => sum + of(row, method).changed, 0);
  return [
    {
      claim: `With ${FEW.join(', ')} examples of the new digits, taken together, a frozen base that knows the old ones beats a network from scratch.`,
      effect: `${points(few)} points of test accuracy`,
      interval: `${range(few)}, paired`,
      seeds: rowsOf(rows, FEW[0]).length,
      tested: 'what was learned before beats a start from scratch with 50 examples or fewer',
    },
    {
      claim: 'With 1000 examples a base that learns on is ahead of a frozen one.',
      effect: `${points(tuned)} points of test accuracy`,
      interval: `${range(tuned)}, paired`,
      seeds: most.length,
      tested: 'with many examples a base that learns on is ahead of a frozen one',
    },
    {
      claim:
        'The old digits are lost to the moved statistics of a base that is frozen by trainable = false, when the new ones are dark on white.',
      effect: `${points(kept)} points less than with freeze()`,
      interval: `${range(kept)}, paired`,
      seeds: paper.length,
      tested: 'the trap costs the old digits when the new ones are dark on white',
    },
    {
      claim: 'What freeze() and LoRA leave of the base has the same bits as before, statistics included.',
      effect: `${changed('frozen') + changed('LoRA')} numbers changed in ${rows.length} runs, ${changed(TRAP)} with trainable = false`,
      interval: 'exact',
      seeds: Math.max(...AMOUNTS.map((examples) => rowsOf(rows, examples).length)),
      tested: 'a base under freeze() or LoRA has the same bits in the end; with stock freezing its statistics move',
    },
  ];
}
