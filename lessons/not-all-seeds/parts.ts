import { type Claim, type Measured, markdownTable, wilson } from '@weightkit/lesson';
import { LAWS, type Law } from './experiment.ts';
import { type Row, SETTINGS, type Setting } from './measure.ts';

const LAW_NAMES = Object.keys(LAWS) as Law[];
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** How many of how many failed, in all runs of a setting. */
export function counted(rows: readonly Row[], setting: Setting, law: Law) {
  const own = rows.filter((row) => row.setting === setting);
  const failed = own.reduce((sum, row) => sum + row.failed[law], 0);
  const steps = own.flatMap((row) => row.steps[law]).sort((a, b) => a - b);
  const losses = own.flatMap((row) => row.losses[law]);
  return { failed, count: failed + steps.length, steps, losses };
}

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const line = (setting: Setting) => (law: Law) => {
    const { failed, count, steps } = counted(rows, setting, law);
    const { low, high } = wilson(failed, count);
    const median = steps.length === 0 ? '–' : String(steps[steps.length >> 1]);
    return [law, `${failed} of ${count}`, percent(failed / count), `${percent(low)} to ${percent(high)}`, median];
  };
  const columns = ['first weights', 'failed', 'share', '95 % interval', 'steps of the others (median)'];
  const names: Record<Setting, string> = {
    'two hidden units': 'two',
    'four hidden units': 'four',
    'two hidden units, steps of 0.05': 'faster',
  };
  const tables = (Object.keys(SETTINGS) as Setting[]).map((setting) => [
    names[setting],
    markdownTable(columns, LAW_NAMES.map(line(setting))),
  ]);
  const [wide, ...scaled] = LAW_NAMES.map((law) => counted(rows, 'two hidden units', law));
  const near = (level: number) => (losses: readonly number[]) =>
    losses.filter((loss) => Math.abs(loss - level) < 0.003).length;
  const losses = scaled.flatMap((one) => one.losses);
  return {
    ...Object.fromEntries(tables),
    plateaus:
      `Of the ${losses.length} networks of the four narrower laws that failed, ${near(0.125)(losses)} ended within 0.003 of 0.125 and ` +
      `${near(1 / 6)(losses)} within 0.003 of 0.167; of the ${wide!.losses.length} from U(−5, 5), ${near(0.125)(wide!.losses)} and ${near(1 / 6)(wide!.losses)}.`,
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const told = (law: Law) => {
    const { failed, count } = counted(rows, 'two hidden units', law);
    const { low, high } = wilson(failed, count);
    return { share: `${failed} of ${count}`, interval: `${percent(low)} to ${percent(high)}`, count };
  };
  const [wide, scaled] = [told('U(−5, 5)'), told('Xavier')];
  return [
    {
      claim: 'XOR networks fail more often from weights between −5 and 5 than from scaled ones.',
      effect: `${wide.share} fail, against ${scaled.share} from Xavier’s law`,
      interval: `${wide.interval} against ${scaled.interval}`,
      seeds: wide.count,
      tested:
        'fails from U(−5, 5) more often than from every other law, and with four hidden units hardly ever from those',
    },
  ];
}
