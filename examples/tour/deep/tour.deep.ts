import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Stage } from '../src/measure.ts';

const start = fileURLToPath(new URL('../../../scripts/start.mjs', import.meta.url));

describe('npm start', () => {
  const out = mkdtempSync(join(tmpdir(), 'weightkit-deep-tour-'));
  afterAll(() => rmSync(out, { recursive: true }));

  it('reaches 97 %, loses at most a point by pruning to 90 %, and at most half a point of that in 8 bits', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [start, '--out', out], { encoding: 'utf8' });
    expect(status, `${stdout}\n${stderr}`).toBe(0);
    const { stages } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as { stages: Stage[] };
    const [dense, pruned, quantized, reloaded] = stages as [Stage, Stage, Stage, Stage];
    console.log(stages.map(({ name, accuracy }) => `${name} ${(100 * accuracy).toFixed(2)} %`).join(', '));
    expect(stages.map(({ name }) => name)).toEqual(['dense', 'pruned', 'quantized', 'reloaded']);
    expect(dense.accuracy).toBeGreaterThanOrEqual(0.97);
    expect(pruned.accuracy).toBeGreaterThanOrEqual(dense.accuracy - 0.01);
    expect(pruned.zeros / pruned.parameters).toBeGreaterThanOrEqual(0.9 - 1 / pruned.parameters);
    expect(quantized.accuracy).toBeGreaterThanOrEqual(pruned.accuracy - 0.005);
    // Stock TensorFlow.js reads the very weights from the files.
    expect({ ...reloaded, name: 'quantized' }).toEqual(quantized);
  });
});
