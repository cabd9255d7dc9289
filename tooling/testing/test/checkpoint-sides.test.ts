import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleSources } from '../src/bundle-sources.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const packages = join(root, 'packages');
const SIDES = readdirSync(packages).filter((name) => {
  const { exports } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'));
  return './checkpoint' in exports;
});

/** What each side is called by in a folder without TensorFlow.js. */
const CALLS: Record<string, string> = {
  pruning: "(await side.pruneCheckpoint(checkpoint, { sparsity: 0.5 })).report.zeros.join(' ')",
  quantization: "(await side.quantizeCheckpoint(checkpoint, { dtype: 'uint8' })).report.bytes.join(' ')",
  'weight-metrics': '(await side.summarize(checkpoint))[0].l2',
};
const PRINTS: Record<string, string> = { pruning: '0 2', quantization: '16 4', 'weight-metrics': '5' };

/** One file with a side, checkpoint and numerics in it, of the sources; what is not a package of this repository stays outside. */
async function bundle(name: string, folder: string): Promise<string[]> {
  const contents = `
    import { openCheckpoint } from '@weightkit/checkpoint';
    import * as side from '@weightkit/${name}/checkpoint';
    const weightSpecs = [{ name: 'w', shape: [1, 4], dtype: 'float32' }];
    const checkpoint = await openCheckpoint({ weightSpecs, weightData: Float32Array.of(1, 2, 4, 2).buffer });
    console.log(${CALLS[name]});
  `;
  // A module without side effects that nothing uses would be dropped, and Node would still load it.
  const { metafile } = await bundleSources(contents, join(folder, `${name}.mjs`), {
    treeShaking: false,
    ignoreAnnotations: true,
    external: ['@tensorflow/*'],
  });
  const inside = Object.keys(metafile.inputs);
  const outside = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path),
  );
  return [...inside, ...outside];
}

describe('the checkpoint sides', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'weightkit-without-tfjs-'));
    writeFileSync(join(folder, 'has.mjs'), "import '@tensorflow/tfjs-core';\n");
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const run = (file: string) =>
    execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });

  it('are these', () => {
    expect(SIDES).toEqual(Object.keys(CALLS).sort());
  });

  it('are tried in a folder where TensorFlow.js cannot be loaded', () => {
    expect(() => run('has.mjs')).toThrow("Cannot find package '@tensorflow/tfjs-core'");
  });

  it.each(SIDES)(
    '%s/checkpoint loads and works without TensorFlow.js, and reaches checkpoint and numerics only',
    async (name) => {
      const inputs = await bundle(name, folder);
      expect(inputs.filter((path) => path.includes('tensorflow'))).toEqual([]);
      const reached = inputs.flatMap((path) => /^packages\/([^/]+)\//.exec(path)?.[1] ?? []);
      expect([...new Set(reached)].sort()).toEqual([...new Set(['checkpoint', 'numerics', name])].sort());
      expect(run(`${name}.mjs`).trim()).toBe(PRINTS[name]);
    },
  );

  it.each(SIDES)('%s does not install TensorFlow.js', (name) => {
    const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
      readFileSync(join(packages, name, 'package.json'), 'utf8'),
    );
    expect(Object.keys(dependencies).filter((one) => one.startsWith('@tensorflow/'))).toEqual([]);
    for (const peer of Object.keys(peerDependencies).filter((one) => one.startsWith('@tensorflow/')))
      expect(peerDependenciesMeta[peer]).toEqual({ optional: true });
  });
});
