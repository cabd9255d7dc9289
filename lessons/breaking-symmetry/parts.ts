import { type Measured, markdownTable } from '@weightkit/lesson';
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
