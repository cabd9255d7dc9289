import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { backends, missingBackends } from '../lib/backends.mjs';
import { cacheFolder, makeOnce } from '../lib/cache.mjs';
import { root } from '../lib/root.mjs';
import { findBrowser } from '../setup-browser.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'weightkit-setup-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('cache', () => {
  it('cacheFolder() is the user’s cache folder, and WEIGHTKIT_CACHE goes before it', () => {
    const of = (env: Record<string, string>, platform = 'linux') => cacheFolder({ env, platform, home: '/home/me' });
    expect(of({})).toBe(join('/home/me', '.cache', 'weightkit'));
    expect(of({ XDG_CACHE_HOME: '/big' })).toBe(join('/big', 'weightkit'));
    expect(of({ LOCALAPPDATA: '/local' }, 'win32')).toBe(join('/local', 'weightkit'));
    expect(of({ WEIGHTKIT_CACHE: '/mine', XDG_CACHE_HOME: '/big' })).toBe('/mine');
  });

  it('makeOnce(folder, make) makes it once, whole or not at all', async () => {
    const folder = join(scratch, 'once/a');
    await expect(
      makeOnce(folder, (partial) => {
        writeFileSync(join(partial, 'half'), '');
        throw new Error('planted');
      }),
    ).rejects.toThrow('planted');
    expect(readdirSync(join(scratch, 'once'))).toEqual([]);
    expect(await makeOnce(folder, (partial) => writeFileSync(join(partial, 'whole'), ''))).toBe(true);
    expect(await makeOnce(folder, () => expect.unreachable())).toBe(false);
    expect(readdirSync(folder)).toEqual(['whole']);
  });

  it('makeOnce(folder, make) run twice at a time keeps what the first has finished', async () => {
    const folder = join(scratch, 'race/a');
    const write = (text: string) => async (partial: string) => {
      await new Promise((done) => setTimeout(done, text === 'slow' ? 60 : 10));
      writeFileSync(join(partial, 'by'), text);
    };
    await Promise.all([makeOnce(folder, write('slow')), makeOnce(folder, write('quick'))]);
    expect(readFileSync(join(folder, 'by'), 'utf8')).toBe('quick');
    expect(readdirSync(join(scratch, 'race'))).toEqual(['a']);
  });

  it('makeOnce(folder, make) sweeps what a killed run left a day ago, and not what a run makes now', async () => {
    const parent = join(scratch, 'sweep');
    for (const name of ['old.partial-1', 'new.partial-2', 'old']) mkdirSync(join(parent, name), { recursive: true });
    const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
    for (const name of ['old.partial-1', 'old']) utimesSync(join(parent, name), twoDaysAgo, twoDaysAgo);
    await makeOnce(join(parent, 'a'), () => {});
    expect(readdirSync(parent).sort()).toEqual(['a', 'new.partial-2', 'old']);
  });
});

describe('backends', () => {
  const list = backends((setup: string) => (setup === 'browser' ? { icd: 'x' } : undefined));

  it('backends() lists the projects that a set-up makes possible, and how to set up the others', () => {
    expect(list.map(({ project, facts }) => [project, Boolean(facts)])).toEqual([
      ['node', false],
      ['webgpu-node', true],
      ['webgpu-browser', true],
    ]);
  });

  it('missingBackends() lists what cannot run, and under CI throws', () => {
    const line = 'node: tfjs-node is not set up here; run: node scripts/setup-tfjs-node.mjs';
    for (const env of [{}, { CI: '' }, { CI: 'false' }, { CI: '0' }])
      expect(missingBackends({ env, list })).toEqual([line]);
    for (const CI of ['true', '1']) expect(() => missingBackends({ env: { CI }, list })).toThrow(line);
    expect(missingBackends({ env: { CI: 'true' }, list: list.slice(1) })).toEqual([]);
  });
});

describe('setup-browser', () => {
  it('findBrowser() refuses a CHROMIUM_PATH that is no browser, and finds none where PATH is empty', () => {
    expect(() => findBrowser({ env: { CHROMIUM_PATH: process.execPath, PATH: '' } })).toThrow(
      `CHROMIUM_PATH must be a Chromium with vk_swiftshader_icd.json, got ${process.execPath}`,
    );
    expect(findBrowser({ env: { PATH: '' }, names: ['chromium'] })).toBeUndefined();
  });
});

describe('setup-tfjs-node', () => {
  const script = join(root, 'scripts/setup-tfjs-node.mjs');
  /** A project with a tfjs-node that has no native half, and nowhere to get one from. */
  const project = join(scratch, 'project');
  const folder = join(project, 'node_modules/@tensorflow/tfjs-node');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"name": "@tensorflow/tfjs-node", "version": "4.22.0"}');
  const env = {
    PATH: '',
    WEIGHTKIT_CACHE: join(scratch, 'cache'),
    TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:9/',
    PYTHON: join(scratch, 'no-python'),
  };

  it('says within seconds why neither way works and what to do, and leaves nothing half-made', () => {
    const run = spawnSync(process.execPath, [script, '--into', project], { encoding: 'utf8', env, timeout: 20_000 });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/prebuilt binary: http:\/\/127\.0\.0\.1:9\/ does not answer/);
    expect(run.stderr).toMatch(process.platform === 'linux' ? /looking for Python failed .*ENOENT/ : /for Linux, got/);
    expect(run.stderr).toContain('TENSORFLOW_WHEEL');
    expect(readdirSync(env.WEIGHTKIT_CACHE)).toEqual([]);
    expect(readdirSync(folder)).toEqual(['package.json']);
  });

  const ready = backends().some(({ project: name, facts }) => name === 'node' && facts);
  it.runIf(ready)('costs nothing when it was done before', async () => {
    const begin = Date.now();
    // Any attempt to make something would fail in this environment.
    const { stdout } = await promisify(execFile)(process.execPath, [script], { env });
    expect(stdout).toMatch(/^tfjs-node 4\.22\.0 with TensorFlow .* is ready\n$/);
    expect(Date.now() - begin).toBeLessThan(5000);
    expect(existsSync(join(env.WEIGHTKIT_CACHE, 'tfjs-node'))).toBe(false);
  });
});
