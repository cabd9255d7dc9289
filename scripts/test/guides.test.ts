import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../lib/root.mjs';

const folder = join(root, 'website/docs/start');
const guides = readdirSync(folder)
  .filter((name) => name.endsWith('.md') && name !== 'index.md')
  .map((name): [string, string] => [name, readFileSync(join(folder, name), 'utf8')])
  .filter(([, text]) => text.includes('```js'));

it.each(guides)('%s says what to install: all that its code imports', (_, text) => {
  const installed = [...text.matchAll(/^npm install (.*)$/gm)].flatMap(([, names]) => names!.split(' '));
  const imported = [...text.matchAll(/ from '((?:@weightkit\/|@tensorflow\/|weightkit)[^'/]*)/g)].map(
    ([, name]) => name!,
  );
  expect([...new Set(imported)].filter((name) => !installed.includes(name))).toEqual([]);
});
