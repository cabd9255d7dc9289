import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveFolded } from '../../src/index.ts';
import * as files from '../../src/node.ts';
import { children, killAtRandom, marked, markOf } from './kills.ts';

const { fileSystem } = files;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weightkit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const at = (...names: string[]) => join(folder, ...names);

const ONE_BACKEND = 'the child has no tfjs, so one backend is enough';

describe('writeModel', () => {
  it('40 saves at once onto one JSON file leave one of the models whole, and two files', async () => {
    for (let round = 0; round < 3; round++) {
      const saves = Array.from({ length: 40 }, (_, i) => fileSystem(folder).save(marked(i, 100 + i)));
      expect((await Promise.allSettled(saves)).filter(({ status }) => status === 'rejected')).toEqual([]);
      expect(markOf(await fileSystem(folder).load())).toBeLessThan(40);
      // The last to clean may have come before others were done: one more save finds them.
      await fileSystem(folder).save(marked(99));
      expect(await readdir(folder)).toHaveLength(2);
    }
  });

  it('saves at once into one folder keep every model', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `m${i % 6}.json`);
    await Promise.all(names.map((name, i) => fileSystem(at(name)).save(marked(i))));
    for (let i = 0; i < 6; i++) expect(markOf(await fileSystem(at(`m${i}.json`)).load()) % 6).toBe(i);
  });

  it('saves of two processes at once onto one JSON file leave one of the models whole at every moment', async ({
    skip,
  }) => {
    skip(tf.getBackend() !== 'cpu', ONE_BACKEND);
    const { out, start, clear } = await children();
    const json = join(out, 'a.json');
    await fileSystem(json).save(marked(-1));
    const runs = await Promise.all([start(json, 0, 60), start(json, 1000, 1060)]);
    let running = 2;
    for (const { ended } of runs) void ended.then(() => running--);
    while (running > 0) markOf(await fileSystem(json).load());
    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([0, 0]);
    expect([59, 1059]).toContain(markOf(await fileSystem(json).load()));
    await fileSystem(json).save(marked(-2));
    expect(await readdir(out)).toHaveLength(2);
    await clear();
  });

  it('a kill at any moment leaves the earlier model or the new one, and the next save cleans up (20 kills)', async ({
    skip,
  }) => {
    skip(tf.getBackend() !== 'cpu', ONE_BACKEND);
    const { saved } = await killAtRandom(files, 20);
    expect(saved).toBeGreaterThan(0);
  }, 120_000);

  it('a save that the disk has no room for leaves the earlier model whole and no file', async ({ skip }) => {
    skip(process.platform === 'win32', 'ulimit is a shell of POSIX');
    const { out, module, clear } = await children();
    await fileSystem(out).save(marked(1, 100));
    const before = (await readdir(out)).sort();
    // A file may have 8 blocks of 512 or 1024 bytes; the weights have 120,000.
    const script = `import { fileSystem } from ${JSON.stringify(module)};
      const marked = ${marked};
      process.on('SIGXFSZ', () => {});
      await fileSystem(${JSON.stringify(out)}).save(marked(2)).catch(({ message }) => console.log(message));`;
    await writeFile(join(out, '..', 'full.mjs'), script);
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      `ulimit -f 8; exec "$0" "$1"`,
      process.execPath,
      join(out, '..', 'full.mjs'),
    ]);
    expect(stdout).toMatch(/^fileSystem: .*weights-[0-9a-f]{16}\.bin must be a file that can be written, got EFBIG/);
    expect((await readdir(out)).sort()).toEqual(before);
    expect(markOf(await fileSystem(out).load())).toBe(1);
    await clear();
  });

  it('what fileSystem writes loads in stock over http, as json and weights beside it', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'a' })] });
    await saveFolded(model, fileSystem(at('my model #1.json')));
    const server = createServer(async (request, response) => {
      const name = decodeURIComponent(request.url!.slice(1));
      response.end(await readFile(at(name)).catch(() => ''));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const again = await tf.loadLayersModel(`http://127.0.0.1:${port}/my%20model%20%231.json`);
    const x = tf.ones([1, 2]);
    expect(await valuesOf(again.predict(x) as tf.Tensor)).toEqual(await valuesOf(model.predict(x) as tf.Tensor));
    x.dispose();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    for (const each of [model, again]) each.dispose();
  });

  it('what fileSystem writes loads in tfjs-node by file://, and what that writes loads here', async ({ skip }) => {
    skip(tf.getBackend() !== 'tensorflow', 'only tfjs-node has its handler');
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'a' })] });
    await saveFolded(model, fileSystem(`file://${at('a.json')}`));
    const x = tf.ones([1, 2]);
    const want = await valuesOf(model.predict(x) as tf.Tensor);
    await model.save(`file://${at('stock')}`);
    for (const again of [
      await tf.loadLayersModel(`file://${at('a.json')}`),
      await tf.loadLayersModel(fileSystem(at('stock'))),
    ]) {
      expect(await valuesOf(again.predict(x) as tf.Tensor)).toEqual(want);
      again.dispose();
    }
    await saveFolded(model, fileSystem(at('stock')));
    expect((await readdir(at('stock'))).sort()).toEqual(['model.json', expect.stringMatching(/^model\.weights-/)]);
    x.dispose();
    model.dispose();
  });
});
