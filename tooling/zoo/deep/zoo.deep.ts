import { describe, expect, test } from 'vitest';
import { fetchPackage, openModel, tour, ZOO } from '../src/index.ts';

describe('models that nobody here made', () => {
  for (const entry of ZOO)
    for (const model of entry.models)
      test(`${entry.name} ${model.file} goes through every function that is offered for its kind`, async ({ skip }) => {
        const fetched = await fetchPackage(entry);
        if ('reason' in fetched) return skip(fetched.reason);
        const line = await tour(await openModel(fetched.folder, model));
        console.log(`${entry.name} ${model.file}: ${line}`);
        expect(line).toMatch(/^\d+ weights/);
      });
});
