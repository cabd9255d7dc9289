import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const packages = join(root, 'packages');
const contracts = fileURLToPath(new URL('../contracts/', import.meta.url));

/** The entries that users import, of every package. */
function entries(): string[] {
  return readdirSync(packages).flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8'));
    const paths = Object.keys(exports).filter((path) => path !== './package.json');
    return paths.map((path) => join(name, path));
  });
}

/** The entries whose exports a test of wrong values walks: `testRefusals` fails for a function without a row. */
function walked(): string[] {
  const files = readdirSync(contracts, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.flatMap((file) => {
    const text = readFileSync(join(contracts, file), 'utf8');
    return [...text.matchAll(/testRefusals\(\s*'(@weightkit\/[^']+)',\s*(\w+)/g)].map(([, entry, kit]) => {
      expect(text, `${file}: ${kit} must be all of ${entry}`).toContain(`import * as ${kit} from '${entry}';`);
      return entry!;
    });
  });
}

it('every entry of every package has its rows of wrong values', () => {
  expect([...new Set(walked())].sort()).toEqual(entries().sort());
});
