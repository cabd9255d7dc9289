import { type Claim, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { LATE, type Row, SETTINGS, type Setting } from './measure.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `82.4 to 85.6 %`, or one figure where all are alike. */
function spread(shares: readonly number[]): string {
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  return least === most ? percent(least) : `${(100 * least).toFixed(1)} to ${percent(most)}`;
}

/** How many units are different; the counts of the two layers where they are the same on every seed. */
function units(rows: readonly Row[]): string {
  const each = rows.map(({ different }) => different.join(' and '));
  return [...new Set(each)].join(', or ');
}

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const of = (setting: Setting) => rows.filter((row) => row.setting === setting);
  const line = (setting: Setting) => [setting, units(of(setting)), spread(of(setting).map(({ accuracy }) => accuracy))];
  const [late, adam] = Object.keys(LATE).map((setting) => of(setting as Setting)[0]!);
  return {
    accuracies: markdownTable(
      ['start', 'different units', 'test accuracy'],
      Object.keys(SETTINGS).map((setting) => line(setting as Setting)),
    ),
    seeds: String(new Set(rows.map(({ seed }) => seed)).size),
    late: percent(late!.accuracy),
    adam: percent(adam!.accuracy),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const of = (setting: Setting) => rows.filter((row) => row.setting === setting);
  const [random, equal] = [of('random (He)'), of('all kernels 0.01, biases zero')];
  const gain = meanInterval(random.map(({ accuracy }, i) => accuracy - equal[i]!.accuracy));
  const points = (share: number) => (100 * share).toFixed(1);
  const zeros = of('all kernels zero, biases zero');
  const blocked = of('first kernel zero, biases zero');
  const open = of('first kernel zero, biases random');
  const freed = meanInterval(open.map(({ accuracy }, i) => accuracy - blocked[i]!.accuracy));
  const [paths, touched] = [random, zeros].map((rows) => [...new Set(rows.flatMap(({ moved }) => moved))]) as [
    string[],
    string[],
  ];
  return [
    {
      claim: 'A network whose weights start equal learns like one with a single unit per layer.',
      effect: `a random start is ${points(gain.mean)} points of test accuracy better`,
      interval: `${points(gain.low)} to ${points(gain.high)} points, paired`,
      seeds: random.length,
      tested: 'random kernels reach a test accuracy of 0.75, equal ones about that of one unit per layer: 0.2 to 0.4',
    },
    {
      claim: 'From zero kernels and zero biases, ReLU never moves a kernel.',
      effect: `${touched.length} of ${paths.length} weights and biases moved on a seed: ${touched.join(', ')}`,
      interval: 'exact',
      seeds: zeros.length,
      tested: 'from zero kernels and biases only the output bias moves (%s)',
    },
    {
      claim: 'A first kernel of zeros keeps a ReLU network from learning, until its biases are random.',
      effect: `with random biases ${points(freed.mean)} points of test accuracy more`,
      interval: `${points(freed.low)} to ${points(freed.high)} points, paired`,
      seeds: blocked.length,
      tested: 'zero kernels, all or the first alone, guess; random biases or tanh free a first layer of zeros',
    },
  ];
}
