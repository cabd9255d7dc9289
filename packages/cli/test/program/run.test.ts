import { chmodSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratch, weightkit, writeFiles, writeModel } from '../support.ts';

describe('weightkit', () => {
  it('says what it can do, on standard output where it is asked and on standard error where nothing is', async () => {
    const help = await weightkit(['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const part of ['inspect', 'Exit code: 0', '.safetensors']) expect(help.out).toContain(part);
    expect(await weightkit(['help', 'inspect'])).toMatchObject({ code: 0, out: expect.stringContaining('--filter') });
    expect(await weightkit([])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Commands:') });
    expect(await weightkit(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each([
    [['inspct', 'x'], 'Did you mean inspect?'],
    [['help', 'qantize'], 'Did you mean quantize?'],
    [['help', 'nothing'], "unknown command 'nothing'\n(weightkit --help lists the commands)"],
    [['inspect', '--fromat', 'json', 'x'], 'Did you mean --format?'],
    [['inspect'], "missing required argument 'model'"],
    [['inspect', 'a', 'b'], 'too many arguments'],
    [['inspect', 'a', '--format', 'xml'], 'Allowed choices are auto, pretty, json, md, csv, tsv'],
    [['inspect', 'a', '--shard', '3/2'], '1 <= i <= n'],
    [['inspect', 'a', '--memory', 'lots'], 'It must be bytes'],
    [['inspect', '-'], 'standard input cannot be read'],
  ])('%j is wrong usage: %s', async (args, says) => {
    expect(await weightkit(args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(says) });
  });

  it('says in two lines why a file cannot be read', async () => {
    const folder = scratch();
    const missing = join(folder, 'a.safetensors');
    expect(await weightkit(['inspect', missing])).toEqual({
      code: 3,
      out: '',
      err: `weightkit inspect: cannot read ${missing}: no such file\n`,
    });
    writeFiles(folder, { 'page.json': '<!doctype html><p>Not found', 'photo.npz': '\x89PNG\r\n' });
    expect(await weightkit(['inspect', join(folder, 'page.json')])).toMatchObject({
      code: 3,
      err: expect.stringMatching(/a page of HTML.*\n {2}try: weightkit check/),
    });
    expect(await weightkit(['inspect', join(folder, 'photo.npz')])).toMatchObject({
      code: 3,
      err: expect.stringContaining('must be model.json, safetensors, GGUF, compact, npz or npy'),
    });
    writeModel(join(folder, 'models/small'), [{ name: 'w', shape: [1], values: [1] }]);
    writeFiles(folder, { 'weights/own.npz': '' });
    const hint = async (name: string) => (await weightkit(['inspect', join(folder, name)])).err.split('\n')[1];
    expect(await hint('weights')).toBe(
      '  try: name the file, as weights/own.npz'.replace('weights', join(folder, 'weights')),
    );
    expect(await hint('models')).toBe(`  try: name the file, as ${join(folder, 'models/small')}`);
  });

  it.skipIf(process.getuid?.() === 0)('says that there is no permission', async () => {
    const model = writeModel(scratch(), [{ name: 'w', shape: [1], values: [1] }]);
    chmodSync(model, 0o000);
    expect(await weightkit(['inspect', model])).toMatchObject({
      code: 3,
      err: expect.stringContaining('no permission'),
    });
  });

  it('says where the model is of a weight file beside it, what the network said, and that a pipe is no file', async () => {
    const folder = scratch();
    const model = writeModel(folder, [{ name: 'w', shape: [4], values: [1, 2, 3, 4] }]);
    expect(await weightkit(['inspect', join(folder, 'w.bin')])).toMatchObject({
      code: 3,
      err: expect.stringContaining(`try: ${model}, which says what is in the files beside it`),
    });
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    // Nothing listens there any more.
    expect(await weightkit(['inspect', `http://127.0.0.1:${port}/model.json`])).toMatchObject({
      code: 3,
      err: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await weightkit(['inspect', '/dev/null'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('a pipe or a device cannot be read from the middle'),
    });
  });

  it('stops at Ctrl-C and beyond --memory', async () => {
    const model = writeModel(scratch(), [{ name: 'w', shape: [1], values: [1] }]);
    const stopped = await weightkit(['inspect', model], { signal: AbortSignal.abort() });
    expect(stopped).toEqual({ code: 130, out: '', err: 'weightkit: stopped, nothing is left behind\n' });
    const full = await weightkit(['inspect', model, '--memory', '64mb'], { memory: () => 65e6 });
    expect(full).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('--memory 64.0 MB is not enough, the process takes 65.0 MB'),
    });
    expect(await weightkit(['inspect', model, '--memory', '64mb'], { memory: () => 63e6 })).toMatchObject({ code: 0 });
  });

  it('lets no name move the cursor', async () => {
    const model = writeModel(scratch(), [{ name: '\u001b[2J\u202egone', shape: [1], values: [1] }]);
    const { out } = await weightkit(['inspect', model], { terminal: 200, env: { NO_COLOR: '1' } });
    expect(out).toContain('\\u001b[2J\\u202egone');
    expect(out).not.toContain('\u001b');
  });
});
