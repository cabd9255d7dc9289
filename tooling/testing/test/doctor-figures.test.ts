import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Figures {
  hits: number;
  total: number;
  named: Record<string, Record<string, number>>;
  misses: string[];
}

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
/** What `npm run test:deep` found last. */
const figuresOf = (set: string): Figures => JSON.parse(read(`packages/weight-metrics/test/doctor/figures/${set}.json`));

it('the guide states how many planted faults doctor named in the last deep run, and 95 % are', () => {
  const guide = read('website/docs/start/watching-training.md').replace(/\s+/g, ' ');
  const [reported, other] = [figuresOf('reported'), figuresOf('other-sizes')];
  expect(guide).toContain(`on ten others ${reported.hits} of ${reported.total}`);
  expect(guide).toContain(`in networks of other sizes ${other.hits} of ${other.total} were named with their layer`);
  for (const { hits, total, named, misses } of [reported, other, figuresOf('set-on')]) {
    expect(hits / total).toBeGreaterThanOrEqual(0.95);
    expect(hits + misses.length).toBe(total);
    const all = Object.values(named).flatMap((row) => Object.values(row));
    expect(all).toHaveLength(36);
    expect(all.reduce((a, b) => a + b, 0)).toBe(hits);
  }
});
