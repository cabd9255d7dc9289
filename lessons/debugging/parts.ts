import { type Claim, type Measured, markdownTable, meanInterval, wilson } from '@weightkit/lesson';
import { KIND_NAMES, KINDS, type Kind, sameLayers } from './cases.ts';
import { type Row, TOOLS } from './measure.ts';

const percent = (share: number): string => (100 * share).toFixed(1);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const isIll = ({ kind }: Row): boolean => KINDS[kind].cause !== 'healthy';

/** Runs with their own treatment: one for each kind and seed. */
const own = (rows: readonly Row[]): Row[] => rows.filter(({ what }) => what === 'its own treatment');
const lsuv = (rows: readonly Row[]): Row[] => rows.filter(({ what }) => what === 'LSUV');
const ofKind = (rows: readonly Row[], kind: Kind): Row[] => rows.filter((row) => row.kind === kind);

/** Whether doctor names cause and place. */
const isNamed = ({ kind, layers, told }: Row): boolean =>
  told.cause === KINDS[kind].cause && sameLayers(told.layers, layers);

const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);

/** Whether the network of another seed that looks most like this one with a tool has the same cause in the same place. */
export function isEnough(rows: readonly Row[], row: Row, tool: number): boolean {
  let [nearest, least]: [Row | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const other of rows) {
    if (other.seed === row.seed) continue;
    const far = distance(row.tools![tool]!, other.tools![tool]!);
    if (far < least) [nearest, least] = [other, far];
  }
  return (
    nearest !== undefined &&
    KINDS[nearest.kind].cause === KINDS[row.kind].cause &&
    sameLayers(nearest.layers, row.layers)
  );
}

const of = (count: number, all: number): string => `${count} of ${all}`;
const count = (rows: readonly Row[], is: (row: Row) => boolean): string => of(rows.filter(is).length, rows.length);
const range = (successes: number, trials: number): string => {
  const { low, high } = wilson(successes, trials);
  return `${percent(low)} to ${percent(high)} %`;
};

interface Counts {
  ill: Row[];
  well: Row[];
  named: number;
  alarms: number;
  /** Of those that are ill, for each tool. */
  enough: number[];
  mended: number;
  untreated: number;
}

function countsOf(rows: readonly Row[]): Counts {
  const all = own(rows);
  const [ill, well] = [all.filter(isIll), all.filter((row) => !isIll(row))];
  return {
    ill,
    well,
    named: ill.filter(isNamed).length,
    alarms: well.filter(({ told }) => told.cause !== 'healthy').length,
    enough: TOOLS.map((_, tool) => ill.filter((row) => isEnough(all, row, tool)).length),
    mended: ill.filter(({ mended }) => mended).length,
    untreated: ill.filter(({ accuracy }) => accuracy.patient >= accuracy.twin - 0.1).length,
  };
}

const BIASES: readonly Kind[] = ['biases of −4', 'biases of ±4'];
const bestTool = ({ enough }: Counts): number => enough.indexOf(Math.max(...enough));

/** The parts of the page that state what was measured. */
export function parts({ rows }: Measured<Row>): Record<string, string> {
  const all = own(rows);
  const counts = countsOf(rows);
  const { ill, well, named, alarms, enough, mended } = counts;
  const best = bestTool(counts);
  const missed = ill.filter((row) => !isNamed(row));
  const tried = lsuv(rows).filter(isIll);
  const gain = meanInterval(
    lsuv(rows)
      .filter(({ kind }) => kind === 'healthy, ReLU')
      .map(({ accuracy }) => 100 * (accuracy.treated! - accuracy.twin)),
  );
  const bad = tried.filter(({ kind }) => BIASES.includes(kind));
  return {
    runs: String(rows.length),
    seeds: String(new Set(all.map(({ seed }) => seed)).size),
    named: of(named, ill.length),
    range: range(named, ill.length),
    alarms: of(alarms, well.length),
    best: TOOLS[best]!,
    bestCount: of(enough[best]!, ill.length),
    mended: of(mended, ill.length),
    lsuvCount: count(tried, (row) => row.mended),
    lsuvBiases: count(bad, (row) => row.mended),
    lsuvPixels: count(ofKind(tried, 'pixels from 0 to 255'), (row) => row.mended),
    lsuvGain: gain.mean.toFixed(1),
    lsuvGainRange: `${gain.low.toFixed(1)} to ${gain.high.toFixed(1)}`.replaceAll('-', '−'),
    missed:
      missed.length === 0
        ? 'It missed none of them here.'
        : `It missed: ${missed.map(({ kind, seed, told }) => `${kind} (seed ${seed}: ${told.cause})`).join('; ')}.`,
    tools: markdownTable(
      ['patient', 'doctor', ...TOOLS],
      [
        ...KIND_NAMES.map((kind) => {
          const some = ofKind(all, kind);
          return [
            kind,
            count(some, isNamed),
            ...TOOLS.map((_, tool) => count(some, (row) => isEnough(all, row, tool))),
          ];
        }),
        [
          'all that are ill',
          of(named, ill.length),
          ...enough.map((right) => `${of(right, ill.length)} (${range(right, ill.length)})`),
        ],
      ],
    ),
    cures: markdownTable(
      ['patient', 'treatment', 'untreated', 'treated', 'healthy twin', 'mended', 'mended by LSUV alone'],
      KIND_NAMES.filter((kind) => KINDS[kind].cause !== 'healthy').map((kind) => {
        const some = ofKind(all, kind);
        return [
          kind,
          KINDS[kind].cure,
          percent(mean(some.map(({ accuracy }) => accuracy.patient))),
          percent(mean(some.map(({ accuracy }) => accuracy.treated!))),
          percent(mean(some.map(({ accuracy }) => accuracy.twin))),
          count(some, (row) => row.mended),
          count(ofKind(lsuv(rows), kind), (row) => row.mended),
        ];
      }),
    ),
  };
}

/** What was measured, claim by claim. */
export function claims({ rows }: Measured<Row>): Claim[] {
  const counts = countsOf(rows);
  const { ill, well, named, alarms, enough, mended } = counts;
  const seeds = new Set(own(rows).map(({ seed }) => seed)).size;
  const best = bestTool(counts);
  const biases = lsuv(rows).filter(({ kind }) => BIASES.includes(kind));
  const helped = biases.filter((row) => row.mended).length;
  const tested = 'doctor names what was planted and where, and raises no alarm for who is well';
  return [
    {
      claim: 'doctor names what ails a network that was started badly, and the layer, before any training.',
      effect: `${of(named, ill.length)} networks with ten kinds of fault`,
      interval: range(named, ill.length),
      seeds,
      tested,
    },
    {
      claim: 'doctor raises no alarm for a network that was started well.',
      effect: `${of(alarms, well.length)} healthy networks`,
      interval: range(alarms, well.length),
      seeds,
      tested,
    },
    {
      claim: 'None of the four tools alone tells all faults apart.',
      effect: `the best one, ${TOOLS[best]}, is enough for ${of(enough[best]!, ill.length)}`,
      interval: range(enough[best]!, ill.length),
      seeds,
      tested: 'no tool alone is enough for every patient',
    },
    {
      claim: 'The treatment that fits brings a network to within 10 points of the test accuracy of its healthy twin.',
      effect: `${of(mended, ill.length)} networks`,
      interval: range(mended, ill.length),
      seeds,
      tested: 'the treatment that fits mends who is ill',
    },
    {
      claim: 'LSUV, which scales kernels alone, does not mend biases.',
      effect: `${of(helped, biases.length)} networks with bad biases mended`,
      interval: range(helped, biases.length),
      seeds: new Set(biases.map(({ seed }) => seed)).size,
      tested: 'LSUV does not mend biases',
    },
  ];
}
