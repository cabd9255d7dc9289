import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { absoluteWeights } from '@weightkit/weight-metrics';
import { JUDGE, METHODS, type Scores } from './explain.ts';
import { BASE, DECAY, FACTOR, LONG, type Row, SPREADS } from './measure.ts';
import { awayIn, randomIn, sharesIn, spreadRows } from './rows.ts';

type Asked = Scores['method'];
const ALL: readonly Asked[] = [...METHODS, JUDGE];
const WEIGHTS = '|weights|';
const PETAL = 2;
/** The weights of slide 10. */
const SLIDE = [-0.5, 1.2, 0.8, -0.3, 2.1];

const minus = (text: string): string => text.replace(/-(0\.0)(?!\d)/g, '$1').replaceAll('-', '−');
const mean = (interval: MeanInterval): string => minus((100 * interval.mean).toFixed(1));
const range = ({ low, high }: MeanInterval): string => minus(`${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`);
const told = (interval: MeanInterval): string => `${mean(interval)} (${range(interval)})`;
/** Cells of tables: bars would end a cell. */
const cell = (method: Asked): string => method.replaceAll('|', '\\|');

const of = (rows: readonly Row[], pick: (row: Row) => number): MeanInterval => meanInterval(rows.map(pick));
const random = (rows: readonly Row[], method: Asked) => of(rows, (row) => randomIn(row, method));
/** How often a method puts the random numbers first. */
const firsts = (rows: readonly Row[], method: Asked): number =>
  rows.filter((row) => randomIn(row, method) === Math.max(...sharesIn(row, method))).length;
const inUnits = (rows: readonly Row[], method: Asked) =>
  of(rows, (row) => row.methods.find((one) => one.method === method)!.inUnits);
/** How far x1 and x2 of XOR are apart, which are alike. */
const apart = (rows: readonly Row[], method: Asked) =>
  of(rows, (row) => Math.abs(sharesIn(row, method)[0]! - sharesIn(row, method)[1]!));
const labeled = (rows: readonly Row[], label: Row['label']) => rows.filter((row) => row.label === label);
/** By how much more a method gives to the random numbers than the judge does. */
const above = (rows: readonly Row[], method: Asked) => of(rows, (row) => randomIn(row, method) - randomIn(row, JUDGE));
const mostMissed = (rows: readonly Row[]): number => Math.max(...rows.map(({ residual }) => residual));
/** A small number, rounded up: no more than this. */
const tiny = (value: number): string => String(Number((Math.ceil(value * 1e5) / 1e5).toFixed(5)));

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const [base, xor] = [spreadRows(rows, BASE.spread), labeled(rows, 'XOR')];
  const tinyOnes = spreadRows(rows, SPREADS[0]);
  const [long, decayed] = [labeled(rows, 'long'), labeled(rows, 'decay')];
  const lostBy = (input: number) => ({
    shuffled: of(base, (row) => row.lost[input]!),
    without: of(base, (row) => row.accuracy - row.retrained![input]!),
  });
  const petalLength = lostBy(PETAL);
  return {
    seeds: String(base.length),
    runs: String(rows.length),
    random: told(random(tinyOnes, WEIGHTS)),
    'random-garson': mean(random(tinyOnes, 'Garson')),
    'random-olden': mean(random(tinyOnes, 'Olden')),
    'random-judge': mean(random(tinyOnes, JUDGE)),
    first: String(firsts(tinyOnes, WEIGHTS)),
    'random-long': mean(random(long, WEIGHTS)),
    'random-decay': mean(random(decayed, WEIGHTS)),
    petal: mean(of(base, (row) => sharesIn(row, WEIGHTS)[PETAL]!)),
    'petal-units': mean(inUnits(base, WEIGHTS)),
    shuffled: mean(petalLength.shuffled),
    without: mean(petalLength.without),
    'xor-apart': mean(apart(xor, 'Olden')),
    'xor-random': mean(random(xor, 'Olden')),
    'xor-judge': mean(apart(xor, JUDGE)),
    residual: tiny(mostMissed(rows)),
    methods: markdownTable(
      [
        'method',
        'random numbers, %',
        'put first',
        'petal length, %',
        `petal length × ${FACTOR}, %`,
        'away from the judge, %',
      ],
      ALL.map((method) => [
        cell(method),
        told(random(base, method)),
        `${firsts(base, method)} of ${base.length}`,
        mean(of(base, (row) => sharesIn(row, method)[PETAL]!)),
        mean(inUnits(base, method)),
        method === JUDGE ? '' : told(of(base, (row) => awayIn(row, method))),
      ]),
    ),
    others: markdownTable(
      [
        'method',
        `random numbers with weight decay of ${DECAY}, %`,
        'XOR: random numbers, %',
        'XOR: x1 and x2 apart, %',
      ],
      ALL.map((method) => [
        cell(method),
        told(random(long, method)),
        told(random(decayed, method)),
        told(random(xor, method)),
        told(apart(xor, method)),
      ]),
    ),
    lost: markdownTable(
      ['input', 'shuffled: accuracy lost, points', 'trained without it: accuracy lost, points'],
      ['sepal length', 'sepal width', 'petal length', 'petal width', 'random'].map((name, input) => {
        const { shuffled, without } = lostBy(input);
        return [name, told(shuffled), told(without)];
      }),
    ),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const [base, xor, decayed] = [spreadRows(rows, BASE.spread), labeled(rows, 'XOR'), labeled(rows, 'decay')];
  const [weights, integrated] = [above(base, WEIGHTS), above(base, 'integrated gradients')];
  const unitChange = of(
    base,
    (row) => sharesIn(row, WEIGHTS)[PETAL]! - row.methods.find(({ method }) => method === WEIGHTS)!.inUnits,
  );
  const closer = of(base, (row) => awayIn(row, WEIGHTS) - awayIn(row, 'integrated gradients'));
  const olden = of(xor, (row) => randomIn(row, 'Olden') - randomIn(row, JUDGE));
  const without = of(base, (row) => row.lost[PETAL]! - (row.accuracy - row.retrained![PETAL]!));
  const long = labeled(rows, 'long');
  const held = meanInterval(long.map((row, i) => randomIn(row, WEIGHTS) - randomIn(decayed[i]!, WEIGHTS)));
  const deep = 'weights give random numbers much, gradients and shuffling give them little';
  return [
    {
      claim:
        'The magnitudes of the weights give an input of small random numbers a share that shuffling does not confirm.',
      effect: `${mean(weights)} points more than the judge`,
      interval: `${range(weights)} points`,
      seeds: base.length,
      tested: deep,
    },
    {
      claim: 'Integrated gradients give the random numbers hardly more than shuffling does.',
      effect: `${mean(integrated)} points more than the judge`,
      interval: `${range(integrated)} points`,
      seeds: base.length,
      tested: deep,
    },
    {
      claim: 'Over all inputs integrated gradients are closer to the judge than |weights| are.',
      effect: `${mean(closer)} points of all shares`,
      interval: `${range(closer)} points, paired`,
      seeds: base.length,
      tested: deep,
    },
    {
      claim: `Measured in numbers ${FACTOR} times as large, the petal length loses most of its share of |weights|, while the network says the same.`,
      effect: `${mean(unitChange)} points less`,
      interval: `${range(unitChange)} points`,
      seeds: base.length,
      tested: 'in another unit the network says the same, and what looks at weights says something else',
    },
    {
      claim: 'On XOR Olden gives the random numbers more than they have: the weights of x1 and x2 cancel out.',
      effect: `${mean(olden)} points more than the judge`,
      interval: `${range(olden)} points`,
      seeds: xor.length,
      tested: 'on XOR Olden’s paths cancel out and random numbers come out too large',
    },
    {
      claim: 'Shuffling the petal length costs more accuracy than training without it: other inputs know the same.',
      effect: `${mean(without)} points more`,
      interval: `${range(without)} points, paired`,
      seeds: base.length,
      tested: 'what a network loses by shuffling an input is more than what a training without it loses',
    },
    {
      claim: `With weight decay of ${DECAY} and ${LONG} steps the random numbers have a smaller share of |weights| than without.`,
      effect: `${mean(held)} points less`,
      interval: `${range(held)} points, paired`,
      seeds: decayed.length,
      tested: 'weight decay takes weights away from random numbers',
    },
    {
      claim: 'Integrated gradients add up to what the output changes by, from the baseline to the example.',
      effect: `${tiny(meanInterval(rows.map(({ residual }) => residual)).mean)} missing in the mean of ${rows.length} runs of the one of 50 examples that misses most`,
      interval: `at most ${tiny(mostMissed(rows))}, the most of all runs`,
      seeds: base.length,
      tested: 'integrated gradients are complete: the parts add up to the change of the output',
    },
    {
      claim: 'The five weights of slide 10 mean these shares; its own code fails before it has them.',
      effect: Array.from(
        absoluteWeights({ values: Float64Array.from(SLIDE), inputs: SLIDE.length, units: 1 }),
        (share) => share.toFixed(3),
      ).join(', '),
      interval: 'exact',
      seeds: 1,
      tested: 'means five shares, and its own code fails',
    },
  ];
}
