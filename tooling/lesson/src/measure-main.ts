// Makes the runs of a built measure.js on wasm and writes their rows: node dist/measure-main.js <measure.js> <out.json> <rows.jsonl>
// Each row is added to rows.jsonl when it is done, so that hours of work can be interrupted and gone on with.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { nodeData } from '@weightkit/datasets/node';
import { type Measurement, measure } from './measurement.ts';
import { startBackend } from './start-backend.ts';

const [file, out, kept] = process.argv.slice(2) as [string, string, string];
const { measurement } = (await import(pathToFileURL(file).href)) as {
  measurement: Measurement<unknown, { seed: number }, unknown, unknown>;
};
const backend = await startBackend('tables', 'wasm');
const lines = existsSync(kept) ? readFileSync(kept, 'utf8').split('\n').filter(Boolean) : [];
const before = lines.map((line): unknown => JSON.parse(line));
let done = before.length;
if (done > 0) console.log(`  ${done} of ${measurement.runs.length} were made before`);
const { sample, rows } = await measure(measurement, nodeData(), before, (row, { label, params }, seconds) => {
  appendFileSync(kept, `${JSON.stringify(row)}\n`);
  console.log(`  ${++done} of ${measurement.runs.length}, ${seconds.toFixed(1)} s: ${label}, seed ${params.seed}`);
});
const seeds = [...new Set(measurement.runs.map(({ params }) => params.seed))].sort((a, b) => a - b);
writeFileSync(out, JSON.stringify({ backend, seeds, sample, rows }));
process.exit(0);
