import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const REFUSED = [
  ['packages/pruning/src', '@weightkit/quantization'],
  ['packages/pruning/src', '@weightkit/viz'],
  ['packages/pruning/src', '@tensorflow/tfjs'],
  ['packages/pruning/src', '@tensorflow/tfjs-layers'],
  ['packages/pruning/src', '@tensorflow/tfjs-core/dist/ops/ops'],
  ['packages/pruning/src/checkpoint', '@weightkit/core'],
  ['packages/pruning/src/checkpoint', '@weightkit/weight-metrics'],
  ['packages/pruning/src/checkpoint', '@tensorflow/tfjs-core'],
  ['packages/core/src', '@weightkit/initializers'],
  ['packages/core/src', '@tensorflow/tfjs-layers'],
  ['packages/numerics/src', '@weightkit/core'],
  ['packages/numerics/src', '@tensorflow/tfjs-core'],
  ['packages/checkpoint/src', '@tensorflow/tfjs-core'],
  ['packages/checkpoint/src', '@weightkit/core'],
  ['packages/viz/src', '@tensorflow/tfjs-core'],
  ['packages/viz/src', '@weightkit/weight-metrics'],
  ['packages/initializers/src/layers', '@weightkit/pruning'],
  ['packages/initializers/src', '@tensorflow/tfjs-layers'],
  ['packages/cli/src', '@tensorflow/tfjs-core'],
  ['packages/cli/src', '@weightkit/core'],
  ['packages/cli/src', '@weightkit/pruning'],
];
const ALLOWED = [
  ['packages/pruning/src', '@weightkit/core'],
  ['packages/pruning/src', '@weightkit/numerics/check'],
  ['packages/pruning/src', '@tensorflow/tfjs-core'],
  ['packages/pruning/src/checkpoint', '@weightkit/checkpoint'],
  ['packages/pruning/src/checkpoint', '@weightkit/numerics/check'],
  ['packages/core/src', '@weightkit/numerics'],
  ['packages/checkpoint/src', '@weightkit/numerics/check'],
  ['packages/viz/src', '@weightkit/numerics'],
  ['packages/initializers/src/layers', '@tensorflow/tfjs-layers'],
  ['packages/cli/src', '@weightkit/checkpoint'],
  ['packages/cli/src', '@weightkit/pruning/checkpoint'],
  ['packages/cli/src', '@weightkit/viz'],
  ['examples/tour/src', '@weightkit/viz'],
];

const fileOf = (folder: string, specifier: string) => `${folder}/planted-${specifier.replace(/\W+/g, '-')}.ts`;

describe('the dependency picture', () => {
  let house = '';
  let complaints = '';

  // The repository's own rules over an empty house in which each of the imports above is planted.
  beforeAll(() => {
    house = mkdtempSync(join(tmpdir(), 'weightkit-house-'));
    const { vcs: _, $schema: __, ...config } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
    writeFileSync(join(house, 'biome.json'), JSON.stringify(config));
    for (const [folder, specifier] of [...REFUSED, ...ALLOWED] as [string, string][]) {
      const path = join(house, fileOf(folder, specifier));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `import * as x from '${specifier}';\n\nexport const y = x;\n`);
    }
    const args = ['lint', '--only=style/noRestrictedImports', '--max-diagnostics=none', '--colors=off'];
    const { stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/biome'), args, { cwd: house, encoding: 'utf8' });
    complaints = stdout + stderr;
  });
  afterAll(() => rmSync(house, { recursive: true }));

  it.each(REFUSED)('%s may not import %s', (folder, specifier) => {
    expect(complaints).toContain(`${fileOf(folder, specifier)}:1:`);
  });

  it.each(ALLOWED)('%s may import %s', (folder, specifier) => {
    expect(complaints).not.toContain(`${fileOf(folder, specifier)}:`);
  });
});
