import type { Data, Run } from './lesson.ts';

/** One run of an experiment, and what the page calls it. */
export interface MeasuredRun<Label, Params> {
  label: Label;
  params: Params;
}

/**
 * The runs whose results a lesson's page states. `npm run tables` makes them, in order, and writes `measured.json`; a test compares
 * the experiment's text with that of then, and makes the sample again.
 */
export interface Measurement<Label, Params, Result, Row> {
  experiment: (params: Params, run: Run<Result>) => Promise<Result>;
  runs: readonly MeasuredRun<Label, Params>[];
  /** A run of a second, which the test repeats: its row has to come out again. */
  sample: MeasuredRun<Label, Params>;
  /** What is kept of a run: plain data, rounded to what its page needs. */
  condense: (run: MeasuredRun<Label, Params>, result: Result) => Row;
}

/** Something that a lesson says and a test asserts, and what was measured of it; all numbers come from the rows. */
export interface Claim {
  /** What is said, in a sentence. */
  claim: string;
  /** How large the effect is. */
  effect: string;
  /** Its 95 % interval over the seeds, or the least and the most where it says so. */
  interval: string;
  /** How many seeds were measured. */
  seeds: number;
  /** The title of a test that asserts it on other seeds or sizes; of a test for each of several, what comes before them. */
  tested: string;
}

/** What `measured.json` holds. */
export interface Measured<Row> {
  made: {
    by: string;
    commit: string;
    machine: string;
    backend: string;
    seeds: number[];
    /** Hash of what the rows depend on: the experiment's files and the versions of TensorFlow.js and of the data. */
    inputs: string;
  };
  sample: Row;
  rows: Row[];
}

/** Makes one run. */
export async function measureRun<Label, Params, Result, Row>(
  { experiment, condense }: Measurement<Label, Params, Result, Row>,
  run: MeasuredRun<Label, Params>,
  data: Data,
): Promise<Row> {
  return condense(run, await experiment(run.params, { data }));
}

/**
 * Makes the runs that are not among `rows` yet, which the first of the runs gave; `onRow` is told of each.
 */
export async function measure<Label, Params, Result, Row>(
  measurement: Measurement<Label, Params, Result, Row>,
  data: Data,
  rows: readonly Row[],
  onRow: (row: Row, run: MeasuredRun<Label, Params>, seconds: number) => void,
): Promise<Pick<Measured<Row>, 'sample' | 'rows'>> {
  const sample = await measureRun(measurement, measurement.sample, data);
  const all = [...rows];
  for (const run of measurement.runs.slice(rows.length)) {
    const begin = performance.now();
    const row = await measureRun(measurement, run, data);
    all.push(row);
    onRow(row, run, (performance.now() - begin) / 1000);
  }
  return { sample, rows: all };
}
