import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Claim, Measured } from '@weightkit/lesson';
import { describe, expect, it } from 'vitest';
import { testFileOf } from '../scripts/lib/claim-tests.mjs';
import { COURSE } from './course.ts';

const folder = new URL('.', import.meta.url).pathname;
const names = COURSE.map(({ about }) => about.name);
const measured = (name: string) =>
  JSON.parse(readFileSync(`${folder}/${name}/measured.json`, 'utf8')) as Measured<object>;
const claimsOf = async (name: string) => {
  const { claims } = (await import(`./${name}/parts.ts`)) as { claims: (of: Measured<object>) => Claim[] };
  return claims;
};

describe('the claims', () => {
  it('are of every lesson and of nothing else', () => {
    const tables = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/measured.json`));
    expect(tables).toEqual([...names].sort());
  });

  it.each(names)('of %s have an effect, an interval, seeds, and a test of the title that they name', async (name) => {
    const table = measured(name);
    const told = (await claimsOf(name))(table);
    expect(told.length).toBeGreaterThan(0);
    for (const { claim, effect, interval, seeds, tested } of told) {
      expect(claim).toMatch(/^.{20,}\.$/);
      expect(effect).toMatch(/\d/);
      expect(`${effect} ${interval}`).not.toMatch(/NaN|undefined|Infinity/);
      expect(interval).toMatch(/\d|^exact$/);
      expect(seeds).toBeGreaterThan(0);
      expect(seeds).toBeLessThanOrEqual(table.rows.length * 50);
      expect(testFileOf(name, tested), `${name} has no test "${tested}"`).toBeDefined();
    }
  });

  it.each(names)('of %s have their numbers from the table: with half of its rows they are others', async (name) => {
    const claims = await claimsOf(name);
    const table = measured(name);
    const all = JSON.stringify(claims(table));
    // Every other seed of each setting is left out.
    const seedsOf = (row: object) => (row as { seed: number }).seed;
    const seeds = [...new Set(table.rows.map(seedsOf))];
    const kept = new Set(seeds.filter((_, i) => i % 2 === 0));
    const half = { ...table, rows: table.rows.filter((row) => kept.has(seedsOf(row))) };
    expect(JSON.stringify(claims(half))).not.toBe(all);
  });
});
