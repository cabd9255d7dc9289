import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { pageScript, pageScriptFile } from '../page-script.mjs';

it('the script of reports is what its sources give; `node scripts/page-script.mjs` writes it', async () => {
  expect(readFileSync(pageScriptFile, 'utf8')).toBe(await pageScript());
});
