// Writes claims.json: by lesson what it claims, as its parts.ts says it of its measured.json, and in which file a test asserts it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { testFileOf } from '../../scripts/lib/claim-tests.mjs';

const lessons = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'lessons');

export async function writeClaims(file) {
  const all = {};
  for (const name of readdirSync(lessons).sort()) {
    const table = join(lessons, name, 'measured.json');
    if (!existsSync(table)) continue;
    const { claims } = await import(pathToFileURL(join(lessons, 'dist', name, 'parts.js')).href);
    const measured = JSON.parse(readFileSync(table, 'utf8'));
    all[name] = claims(measured).map((claim) => {
      const tests = testFileOf(name, claim.tested);
      if (!tests) throw new Error(`claims: a test of ${name} must have the title ${claim.tested}`);
      return { ...claim, file: tests };
    });
  }
  writeFileSync(file, `${JSON.stringify(all)}\n`);
}
