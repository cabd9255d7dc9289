// Pages without a bundler: an import map, ES modules, nothing else. What the pages ask of jsDelivr is answered from node_modules.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPage } from '../../scripts/lib/chromium.mjs';

export async function importMap({ folder, browser }) {
  const pages = [];
  for (const name of ['index', 'viz']) {
    const html = readFileSync(join(folder, 'import-map', `${name}.html`), 'utf8');
    const folderOf = (dependency) => join(folder, 'node_modules', dependency);
    const { page, logs, errors } = await openPage(browser, `http://127.0.0.1/${name}.html`, { html, folderOf });
    assert.deepEqual(errors, []);
    const says = [...html.matchAll(/\/\/ -> (.*)$/gm)].map(([, line]) => line.trim());
    assert.deepEqual(logs, says);
    assert.ok(says.length > 0);
    pages.push(`${name}.html prints what it says`);
    await page.close();
  }
  return pages.join(', ');
}
