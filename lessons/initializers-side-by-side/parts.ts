import { type Claim, type Measured, markdownTable, meanInterval } from '@weightkit/lesson';
import { NETWORK_NAMES } from './deep.ts';
import { entryOf, LAW_NAMES } from './laws.ts';
import type { Row, Setting } from './measure.ts';
import { shortNumber } from './summary.ts';

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};
const ends = (values: readonly number[]): string =>
  `${shortNumber(Math.min(...values))} to ${shortNumber(Math.max(...values))}`;

/** How many networks, of all laws and seeds, have a lower loss than the best constant: on what they were trained on, and on fresh examples. */
export function better(rows: readonly Row[], setting: Setting) {
  const own = rows.filter((row) => row.setting === setting);
  const all = own.flatMap(({ losses, constant }) => LAW_NAMES.map((law) => ({ losses: losses[law], constant })));
  return {
    count: all.length,
    train: all.filter(({ losses, constant }) => losses[1] < constant[0]).length,
    fresh: all.filter(({ losses, constant }) => losses[2] < constant[1]).length,
  };
}

/** What the lesson claims, with what was measured of it. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const slides = rows.filter(({ setting }) => setting === 'slides');
  const longer = rows.filter(({ setting }) => setting === 'longer');
  const distances = slides.flatMap(({ distances }) => LAW_NAMES.map((law) => distances[law]));
  const fresh = slides.map(({ lsuv }) => lsuv.fresh);
  const selu = slides.map(({ deep }) => deep['SELU, LeCun']);
  const higher = meanInterval(longer.map(({ losses, constant }) => losses.He[2] / constant[1] - 1));
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  return [
    {
      claim: 'A sample of each of thirteen initializers passes the test of Kolmogorov and Smirnov against its law.',
      effect: `distances ${median(distances).toFixed(2)} (median) of what one in a thousand has by chance`,
      interval: `${Math.min(...distances).toFixed(2)} to ${Math.max(...distances).toFixed(2)}, least and most`,
      seeds: slides.length,
      tested: 'each have a sample that passes the test of Kolmogorov and Smirnov',
    },
    {
      claim: 'LSUV ends within 0.15 of variance 1 on inputs that it has not seen, in each of ten layers.',
      effect: `off by ${median(fresh).toFixed(3)} in the worst layer (median)`,
      interval: `${Math.min(...fresh).toFixed(3)} to ${Math.max(...fresh).toFixed(3)}, least and most`,
      seeds: slides.length,
      tested: 'LSUV ends within 0.02 of variance 1 on its batch and within 0.15 on a fresh one',
    },
    {
      claim: 'SELU with LeCun’s weights keeps the variance of its activations near 1 through twenty layers.',
      effect: `variance ${median(selu.map(([, , last]) => last)).toFixed(2)} after the last (median)`,
      interval: `${Math.min(...selu.map(([least]) => least)).toFixed(2)} to ${Math.max(...selu.map(([, most]) => most)).toFixed(2)} in any layer`,
      seeds: slides.length,
      tested: 'SELU with LeCun keeps the variance of its activations near 1',
    },
    {
      claim: 'A network that learns random targets by heart is worse on fresh ones than the best constant.',
      effect: `loss of He’s network ${percent(higher.mean)} higher`,
      interval: `${percent(higher.low)} to ${percent(higher.high)}`,
      seeds: longer.length,
      tested: 'the longer run of the prediction learns its examples by heart and is worse on fresh ones',
    },
  ];
}

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const slides = rows.filter(({ setting }) => setting === 'slides');
  const longer = rows.filter(({ setting }) => setting === 'longer');
  const [short, long] = [better(rows, 'slides'), better(rows, 'longer')];
  const ratio = (row: Row, law: (typeof LAW_NAMES)[number]) => row.losses[law][2] / row.constant[1];
  return {
    training: markdownTable(
      ['start', 'from', 'before', '10 epochs', 'fresh examples', '100 epochs', 'fresh examples'],
      LAW_NAMES.map((law) => [
        law,
        entryOf(law).from,
        ...([0, 1, 2] as const).map((i) => median(slides.map(({ losses }) => losses[law][i])).toFixed(2)),
        ...([1, 2] as const).map((i) => median(longer.map(({ losses }) => losses[law][i])).toFixed(2)),
      ]),
    ),
    constant: `${median(slides.map(({ constant }) => constant[0])).toFixed(2)} on the training examples and ${median(slides.map(({ constant }) => constant[1])).toFixed(2)} on fresh ones`,
    better:
      `After the 10 epochs of the slides ${short.train} of ${short.count} networks had a lower loss than the best constant on the examples they were trained on, and ${short.fresh} on fresh ones. ` +
      `After 100 epochs with a learning rate of 0.01 it was ${long.train} and ${long.fresh}.`,
    higher: `${Math.round(100 * (median(longer.map((row) => ratio(row, 'He'))) - 1))} %`,
    lsuv: markdownTable(
      ['start', 'on its batch', 'on fresh inputs'],
      (['lsuv', 'dataDependent'] as const).map((kind) => [
        kind === 'lsuv' ? 'LSUV' : 'data-dependent',
        shortNumber(Math.max(...slides.map((row) => row[kind].batch))),
        shortNumber(Math.max(...slides.map((row) => row[kind].fresh))),
      ]),
    ),
    slide: ends(slides.map(({ slide }) => slide)),
    deep: markdownTable(
      ['activation and start', 'least of any layer', 'largest', 'after 20 layers (median)'],
      NETWORK_NAMES.map((name) => [
        name,
        shortNumber(Math.min(...slides.map(({ deep }) => deep[name][0]))),
        shortNumber(Math.max(...slides.map(({ deep }) => deep[name][1]))),
        shortNumber(median(slides.map(({ deep }) => deep[name][2]))),
      ]),
    ),
    seeds: String(slides.length),
    furthest: Math.max(...slides.flatMap(({ distances }) => LAW_NAMES.map((law) => distances[law]))).toFixed(2),
  };
}
