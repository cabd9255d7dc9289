// Makes the runs of a built measure.js on wasm and writes their rows: node dist/measure-main.js <measure.js> <out.json>
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { nodeData } from '@weightkit/datasets/node';
import { type Measurement, measure } from './measurement.ts';
import { startBackend } from './start-backend.ts';

const [file, out] = process.argv.slice(2);
const { measurement } = (await import(pathToFileURL(file!).href)) as {
  measurement: Measurement<unknown, { seed: number }, unknown, unknown>;
};
const backend = await startBackend('tables', 'wasm');
let done = 0;
const { sample, rows } = await measure(measurement, nodeData(), ({ label, params }, seconds) => {
  console.log(`  ${++done} of ${measurement.runs.length}, ${seconds.toFixed(1)} s: ${label}, seed ${params.seed}`);
});
const seeds = [...new Set(measurement.runs.map(({ params }) => params.seed))].sort((a, b) => a - b);
writeFileSync(out!, JSON.stringify({ backend, seeds, sample, rows }));
process.exit(0);
