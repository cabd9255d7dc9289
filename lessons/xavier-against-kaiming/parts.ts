import { type Claim, type MeanInterval, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import type { Row } from './measure.ts';
import { signed } from './summary.ts';

/** All pairs of a setting. */
type Setting = Pick<Row, 'activation' | 'depth' | 'optimizer' | 'xavier' | 'he'>;

/** The pairs of all runs of a setting together. */
export function settingsOf(rows: readonly Row[]): Setting[] {
  const byName = new Map<string, Setting>();
  for (const { activation, depth, optimizer, xavier, he } of rows) {
    const name = [activation, depth, optimizer].join();
    const known = byName.get(name) ?? { activation, depth, optimizer, xavier: [], he: [] };
    byName.set(name, { ...known, xavier: [...known.xavier, ...xavier], he: [...known.he, ...he] });
  }
  return [...byName.values()];
}

/** By how many points He is ahead, with its 95 % interval. */
const aheadIn = ({ xavier, he }: Setting): MeanInterval => meanInterval(he.map((value, i) => value - xavier[i]!));

const mean = (values: readonly number[]): string =>
  `${(values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(1)} %`;

const told = ({ low, high }: MeanInterval): string => (low > 0 ? 'He' : high < 0 ? 'Xavier' : 'cannot be told');

const table = (settings: readonly Setting[]): string =>
  markdownTable(
    ['activation', 'hidden layers', 'Xavier', 'He', 'He is ahead by', '95 % interval', 'ahead'],
    settings.map((setting) => {
      const interval = aheadIn(setting);
      return [
        setting.activation,
        String(setting.depth),
        mean(setting.xavier),
        mean(setting.he),
        `${signed(interval.mean)} points`,
        `${signed(interval.low)} to ${signed(interval.high)}`,
        told(interval),
      ];
    }),
  );

const find = (settings: readonly Setting[], activation: Row['activation'], depth: Row['depth']): Setting =>
  settings.find((one) => one.activation === activation && one.depth === depth && one.optimizer === 'SGD')!;

/** What the lesson claims, with what was measured of it. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const settings = settingsOf(rows);
  const claim = (setting: Setting, text: string, tested: string): Claim => {
    const { mean, low, high } = aheadIn(setting);
    return {
      claim: text,
      effect: `He ${signed(mean)} points of test accuracy`,
      interval: `${signed(low)} to ${signed(high)}, paired`,
      seeds: setting.he.length,
      tested,
    };
  };
  return [
    claim(
      find(settings, 'relu', 10),
      'With ten layers of ReLU networks from He’s weights are ahead of those from Xavier’s.',
      'He beats Xavier with ten layers of ReLU',
    ),
    claim(
      find(settings, 'relu', 2),
      'With two layers of ReLU the difference is a fraction of that.',
      'with two layers the difference is a fraction of that with ten',
    ),
    claim(
      find(settings, 'selu', 20),
      'With twenty layers of SELU Xavier’s weights are ahead.',
      'Xavier is ahead with twenty layers of SELU',
    ),
  ];
}

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const settings = settingsOf(rows);
  const two = aheadIn(find(settings, 'relu', 2));
  return {
    pairs: String(settings[0]!.he.length),
    deep: table(settings.filter(({ depth, optimizer }) => depth !== 'slide 12' && optimizer === 'SGD')),
    adam: table(settings.filter(({ optimizer }) => optimizer === 'Adam')),
    slide: table(settings.filter(({ depth }) => depth === 'slide 12')),
    two: `${signed(two.mean)} points with two hidden layers (95 % interval ${signed(two.low)} to ${signed(two.high)})`,
  };
}
