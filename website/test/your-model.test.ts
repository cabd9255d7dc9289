import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { summarize } from '@weightkit/weight-metrics/checkpoint';
import type { BrowserContextOptions, Page } from 'playwright';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesText, countText, numberText, shareText } from '../src/your-model/texts.ts';
import { expectQuick, longestBlock, NARROW, sticksOut, useSite, violations, WIDE } from './browser.ts';
import { walkByTab } from './keyboard.ts';

const site = useSite();
const TIMEOUT = 180_000;
const folder = mkdtempSync(join(tmpdir(), 'weightkit-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EXAMPLE = fileURLToPath(new URL('../build/generated/your-model/', import.meta.url));
const EXAMPLE_FILES = ['model.json', 'group1-shard1of1.bin'].map((name) => join(EXAMPLE, name));

interface Buffered {
  name: string;
  mimeType: string;
  buffer: Buffer;
}
const file = (name: string, content: Buffer | string): Buffered => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content as string),
});

/** The header of a safetensors file of float32 tensors. */
function headerOf(tensors: Readonly<Record<string, readonly number[]>>): Buffer {
  let at = 0;
  const entries = Object.entries(tensors).map(([name, shape]) => {
    const begin = at;
    at += 4 * shape.reduce((a, b) => a * b, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, at] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const text = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text]);
}
const floats = (count: number, at: (i: number) => number): Buffer =>
  Buffer.from(Float32Array.from({ length: count }, (_, i) => at(i)).buffer);
/** A GGUF file of one float32 matrix, as the format's description has it: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
function gguf(name: string, rows: number, cols: number): Buffer {
  const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
  const u64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    ...[1, 0].map(u64),
    u64(name.length),
    Buffer.from(name),
    u32(2),
    // The axis that lies together comes first.
    ...[cols, rows].map(u64),
    u32(0),
    u64(0),
  ]);
  const padded = Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32)]);
  return Buffer.concat([padded, floats(rows * cols, (i) => Math.cos(i))]);
}
const small = (value = 0.5) =>
  Buffer.concat([
    headerOf({ 'layer.weight': [8, 4], 'layer.bias': [4] }),
    floats(32, (i) => Math.sin(i)),
    floats(4, (i) => (i === 2 ? value : i)),
  ]);

const stateOf = (page: Page, state: string) =>
  page.locator(`[data-model=${state}]`).waitFor({ state: 'attached', timeout: 120_000 });
const choose = (page: Page, files: readonly (Buffered | string)[]) =>
  page.getByLabel('Files of a model').setInputFiles(files as never);
const status = (page: Page) => page.locator('[data-model] [role=status]').first().textContent();
const alertOf = async (page: Page) => (await page.locator('[data-model] [role=alert]').first().textContent()) ?? '';

/** Opens the page and waits until all that it loads when it is touched is there. */
async function open(options: BrowserContextOptions = WIDE, prepare?: (page: Page) => Promise<unknown>) {
  const visit = await site.visit('/your-model/', options, prepare);
  await visit.page.mouse.move(40, 300);
  await visit.page.locator('[data-ready=true]').waitFor({ state: 'attached' });
  return visit;
}

/** Drops files on the page as a hand does. */
const drop = (page: Page, files: readonly Buffered[]) =>
  page.evaluate(
    (given) => {
      const dataTransfer = new DataTransfer();
      for (const { name, bytes } of given) dataTransfer.items.add(new File([Uint8Array.from(bytes)], name));
      const target = document.querySelector('main button')!;
      for (const type of ['dragenter', 'dragover', 'drop'])
        target.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    },
    files.map(({ name, buffer }) => ({ name, bytes: [...buffer] })),
  );

describe('"Your model"', () => {
  it(
    'opens what is dropped, and from then on asks for nothing: it works with the network off',
    async () => {
      const { page, errors } = await open();
      const asked: string[] = [];
      page.context().on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
      await page.context().setOffline(true);
      await drop(page, [file('net.safetensors', small(Number.NaN))]);
      await stateOf(page, 'done');
      const rows = page.getByLabel('Tensors').locator('tbody tr');
      expect(await rows.count()).toBe(2);
      expect(await page.getByText('1 NaN of 4 values, the first at [2]').count()).toBe(1);
      expect(await page.locator('figure svg').count()).toBeGreaterThan(2);
      await page.getByLabel('Values, filters and singular values of').selectOption('layer.weight');
      await page
        .locator('title', { hasText: 'Singular values of layer.weight' })
        .first()
        .waitFor({ state: 'attached' });
      // Other formats, and files made of the model.
      await choose(page, EXAMPLE_FILES);
      await page.getByText('model.json: done').waitFor();
      // Its first layer sees colors, the next one does not.
      for (const [kernel, said] of [
        ['F_m1/kernel', '64 filters of 3 × 3 and 3 input channels, three input channels as red, green and blue'],
        ['F_1_1/kernel', '4 filters of 3 × 3 and 64 input channels, brighter for larger weights'],
      ] as const) {
        await page.getByLabel('Values, filters and singular values of').selectOption(kernel);
        await page.locator('figcaption', { hasText: said }).waitFor();
      }
      await page.getByLabel('Stored as').selectOption('uint8');
      await page.getByRole('button', { name: 'Make the files' }).click();
      await page.getByRole('link', { name: 'Download model.json' }).waitFor();
      expect(asked.filter((one) => !/^GET blob:/.test(one))).toEqual([]);
      expect(errors).toEqual([]);
      await page.context().close();
    },
    TIMEOUT,
  );

  it(
    'says of a real model, one click away, what node says of its files, in numbers',
    async () => {
      const { page, errors } = await open();
      const onDisk = EXAMPLE_FILES.reduce((sum, path) => sum + statSync(path).size, 0);
      await page.getByText(bytesText(onDisk)).waitFor();
      const license = await page.getByRole('link', { name: /MIT/ }).getAttribute('href');
      expect(readFileSync(fileURLToPath(new URL(`../build${license}`, import.meta.url)), 'utf8')).toMatch(
        /^MIT License/,
      );
      await page.getByRole('button', { name: 'Try an example' }).click();
      await stateOf(page, 'done');
      const checkpoint = await openCheckpoint(EXAMPLE_FILES[0]!);
      const summaries = await summarize(checkpoint, { spectra: false });
      await checkpoint.close();
      const cells = await page
        .getByLabel('Tensors')
        .locator('tbody tr')
        .evaluateAll((rows) => rows.map((row) => [...row.children].slice(0, 9).map(({ textContent }) => textContent)));
      expect(cells).toEqual(
        summaries.map(({ name, shape, dtype, bytes, zeros, parameters, min, max, std }) => [
          name,
          `[${shape.join(', ')}]`,
          dtype,
          dtype,
          countText(bytes),
          shareText(zeros / parameters),
          numberText(min),
          numberText(max),
          numberText(std),
        ]),
      );
      expect(errors).toEqual([]);
      await page.context().close();
    },
    TIMEOUT,
  );

  it(
    'opens a folder that is chosen',
    async () => {
      const { page } = await open();
      await page.getByLabel('Folder of a model').setInputFiles(EXAMPLE);
      await page.getByText('model.json: done').waitFor();
      await page.context().close();
    },
    TIMEOUT,
  );

  it(
    'says in one sentence what is wrong with what is no model, and goes on',
    async () => {
      const { page, errors } = await open();
      const [json, weights] = EXAMPLE_FILES.map((path) => readFileSync(path)) as [Buffer, Buffer];
      const manifest = file('model.json', json);
      for (const [files, said] of [
        [[file('a.zip', 'PK\x03\x04')], /^a.zip is an archive: unpack it, and drop the folder that comes out\.$/],
        [[file('a.jpg', Buffer.from([0xff, 0xd8, 0xff]))], /^a.jpg is a picture and holds no weights/],
        [
          [manifest],
          /^The weight file that model.json names is missing: group1-shard1of1.bin\. Drop all files together/,
        ],
        [[file('group1-shard1of1.bin', weights)], /model.json, which says what they are, is missing: drop both/],
        [[file('a.safetensors', small()), file('b.safetensors', small())], /^There are 2 models in it/],
      ] as const) {
        await choose(page, files);
        await stateOf(page, 'failed');
        expect(await alertOf(page)).toMatch(said);
        expect(await page.getByLabel('Tensors').count()).toBe(0);
        await choose(page, [file('good.safetensors', small())]);
        await page.getByText('good.safetensors: done').waitFor();
      }
      // A download that broke off, and a header that lies.
      await choose(page, [manifest, file('group1-shard1of1.bin', weights.subarray(0, 1000))]);
      await page.getByText('The model cannot be opened').waitFor();
      expect(await page.locator('[data-severity=error]').first().textContent()).toMatch(
        /the manifest needs 887,300 bytes more/,
      );
      await choose(page, [file('lies.safetensors', Buffer.alloc(16, 0xff))]);
      await page.getByText('The model cannot be opened').waitFor();
      await page.locator('[data-severity=error]').first().waitFor();
      expect(errors).toEqual([]);
      await page.context().close();
    },
    TIMEOUT,
  );

  it(
    'says what a change makes of the sizes, and makes files that have them and that node opens',
    async () => {
      const { page, errors } = await open();
      await page.getByRole('button', { name: 'Try an example' }).click();
      await stateOf(page, 'done');
      await page.getByLabel('Smallest weights set to zero').fill('80');
      await page.getByLabel('Stored as').selectOption('uint8');
      await page.locator('[data-change=done]').waitFor();
      await page.getByRole('button', { name: 'Make the files' }).click();
      await page.locator('[data-save=done]').waitFor();
      const sizes = await page
        .locator('[data-change] table tbody td')
        .evaluateAll((cells) => cells.map(({ textContent }) => textContent));
      const files = new Map<string, Uint8Array>();
      for (const name of ['model.json', 'group1-shard1of1.bin']) {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: `Download ${name}` }).click(),
        ]);
        expect(download.suggestedFilename()).toBe(name);
        files.set(name, new Uint8Array(readFileSync(await download.path())));
      }
      const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
      const before = EXAMPLE_FILES.map((path) => readFileSync(path));
      const zipped = before.reduce((sum, one) => sum + gzipSync(one).length, 0);
      expect(sizes[0]).toBe(bytesText(before.reduce((sum, { length }) => sum + length, 0)));
      expect(sizes[1]).toBe(bytesText(bytes));
      // Browsers have a zlib of their own, which finds other matches: the sizes differ by a few parts in a hundred.
      const near = (text: string | null, expected: number) =>
        expect(Math.abs((1000 * Number.parseFloat(text!)) / expected - 1), text!).toBeLessThan(0.03);
      near(sizes[3]!, zipped);
      near(
        sizes[4]!,
        [...files.values()].reduce((sum, one) => sum + gzipSync(one).length, 0),
      );
      const checkpoint = await openCheckpoint(files);
      const summaries = await summarize(checkpoint, { spectra: false });
      const kernels = summaries.filter(({ shape }) => shape.length >= 2);
      for (const { zeros, parameters } of kernels)
        expect(zeros).toBeGreaterThanOrEqual(Math.round(0.8 * parameters) - 1);
      expect(kernels.every(({ encoding }) => encoding === 'affine')).toBe(true);
      expect(errors).toEqual([]);
      await page.context().close();
    },
    TIMEOUT,
  );

  it(
    'opens a folder that is dropped, among what else lies there, and says that an empty one is empty',
    async () => {
      const { page, errors } = await open();
      const net = join(folder, 'net');
      mkdirSync(join(net, 'web/empty'), { recursive: true });
      for (const path of EXAMPLE_FILES) copyFileSync(path, join(net, 'web', basename(path)));
      writeFileSync(join(net, 'README.md'), '# net');
      const devtools = await page.context().newCDPSession(page);
      const dropPath = async (path: string) => {
        const data = { items: [], files: [path], dragOperationsMask: 1 };
        for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
          await devtools.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
      };
      await dropPath(net);
      await page.getByText('model.json: done').waitFor();
      expect(await page.getByLabel('Tensors').locator('tbody tr').count()).toBe(24);
      await dropPath(join(net, 'web/empty'));
      await stateOf(page, 'failed');
      expect(await alertOf(page)).toMatch(/^There is no file in it: drop model.json/);
      expect(errors).toEqual([]);
      await page.context().close();
    },
    TIMEOUT,
  );

  it(
    'writes into a folder that the browser gives, reads it back there, and opens what it wrote',
    async () => {
      const { page, errors } = await open(WIDE, (fresh) =>
        // The browser's own dialog cannot be used from here: it would give a handle as this one is.
        fresh.addInitScript(() => {
          Object.assign(window, { showDirectoryPicker: () => navigator.storage.getDirectory() });
        }),
      );
      await page.getByRole('button', { name: 'Try an example' }).click();
      await stateOf(page, 'done');
      await page.getByLabel('Stored as').selectOption('uint8');
      await page.getByRole('button', { name: 'Save into a folder' }).click();
      await page.getByText('Written: group1-shard1of1.bin, model.json.').waitFor();
      const files = await page.evaluate(async () => {
        const root = await navigator.storage.getDirectory();
        const read = async (name: string) => {
          const file = await (await root.getFileHandle(name)).getFile();
          return { name, bytes: [...new Uint8Array(await file.arrayBuffer())] };
        };
        return [await read('model.json'), await read('group1-shard1of1.bin')];
      });
      // A second time there is a model.
      await page.getByRole('button', { name: 'Save into a folder' }).click();
      await page.locator('[data-save=failed]').waitFor();
      expect(await alertOf(page)).toBe('There is a model in that folder already: choose another folder.');
      await choose(
        page,
        files.map(({ name, bytes }) => file(name, Buffer.from(bytes))),
      );
      await page.getByText('model.json: done').waitFor();
      expect(await page.getByLabel('Tensors').locator('tbody tr').first().textContent()).toContain('float32uint8');
      // What is quantized is not quantized again without a word.
      await page.getByLabel('Stored as').selectOption('float16');
      await page.locator('[data-change=failed]').waitFor();
      expect(await alertOf(page)).toMatch(/^The model is quantized already, got .*\.$/);
      expect(errors).toEqual([]);
      await page.context().close();
    },
    TIMEOUT,
  );

  it(
    'opens npz and GGUF, and makes safetensors of the latter under its own name',
    async () => {
      const { page, errors } = await open();
      const files = new Map<string, Uint8Array>();
      const source = await openCheckpoint(new Uint8Array(small()));
      await writeCheckpoint(source, files, { format: 'npz' });
      await source.close();
      await choose(page, [file('net.npz', Buffer.from(files.get('model.npz')!))]);
      await page.getByText('net.npz: done').waitFor();
      expect(await page.getByLabel('Tensors').locator('tbody th').allTextContents()).toEqual([
        'layer.weight',
        'layer.bias',
      ]);
      await choose(page, [file('net.gguf', gguf('blk.0.weight', 8, 4))]);
      await page.getByText('net.gguf: done').waitFor();
      await page.getByLabel('Stored as').selectOption('float16');
      await page.locator('[data-change=done]').waitFor();
      await page.getByRole('button', { name: 'Make the files' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download net-small.safetensors' }).click(),
      ]);
      const again = await openCheckpoint(new Uint8Array(readFileSync(await download.path())));
      expect(again.tensors.map(({ name, shape, dtype }) => [name, shape, dtype])).toEqual([
        ['blk.0.weight', [8, 4], 'float16'],
      ]);
      expect(errors).toEqual([]);
      await page.context().close();
    },
    TIMEOUT,
  );

  it(
    'reads 200 MB without freezing, with a bar, can be stopped, and makes files of it',
    async () => {
      const path = join(folder, 'large.safetensors');
      const shapes = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`layer.${i}.weight`, [1000, 1000]]));
      const out = openSync(path, 'w');
      writeSync(out, headerOf(shapes));
      for (let i = 0; i < 50; i++)
        writeSync(
          out,
          floats(1_000_000, (k) => Math.sin(k * (i + 1)) / 20),
        );
      closeSync(out);
      expect(statSync(path).size).toBeGreaterThan(200_000_000);
      const { page, errors } = await open();
      await page.evaluate(() => {
        (window as unknown as { longTasks: number[] }).longTasks.length = 0;
      });
      await choose(page, [path]);
      await page.getByRole('progressbar').waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await stateOf(page, 'cancelled');
      await choose(page, [path]);
      await stateOf(page, 'done');
      console.log(`200 MB: ${await status(page)}`);
      expect(await page.getByLabel('Tensors').locator('tbody tr').count()).toBe(50);
      await page.getByLabel('Stored as').selectOption('float16');
      await page.locator('[data-change=done]').waitFor({ timeout: 60_000 });
      expect(await page.locator('[data-change] table').textContent()).toContain('about ');
      await page.getByRole('button', { name: 'Make the files' }).click();
      const link = page.getByRole('link', { name: 'Download large-small.safetensors (100 MB)' });
      await link.waitFor({ timeout: 60_000 });
      expectQuick('200 MB: the longest block of the page', [await longestBlock(page)], 200);
      expect(errors).toEqual([]);
      await page.context().close();
    },
    TIMEOUT,
  );

  it(
    'shows a part of thousands of tensors, more when asked to, and those with a part of a name',
    async () => {
      const names = Array.from({ length: 3000 }, (_, i) => `layer.${i}.weight`);
      const many = Buffer.concat([
        headerOf(Object.fromEntries(names.map((name) => [name, [2, 2]]))),
        floats(12_000, (i) => (i === 4000 ? Number.NaN : Math.sin(i))),
      ]);
      const { page, errors } = await open();
      await choose(page, [file('many.safetensors', many)]);
      await stateOf(page, 'done');
      const rows = page.getByLabel('Tensors').locator('tbody tr');
      expect(await rows.count()).toBe(100);
      await page.getByRole('button', { name: 'Show more' }).click();
      expect(await rows.count()).toBe(200);
      await page.getByLabel('Names with').fill('2999');
      expect(await rows.allTextContents()).toHaveLength(1);
      // What is not finite is neither pruned nor rounded, and the page has no filter to leave it out by.
      await page.getByLabel('Stored as').selectOption('float16');
      await page.locator('[data-change=failed]').waitFor();
      expect(await alertOf(page)).toBe('Values must be finite at layer.1000.weight[0], got NaN.');
      expectQuick('3,000 tensors: the longest block of the page', [await longestBlock(page)], 200);
      expect(errors).toEqual([]);
      await page.context().close();
    },
    TIMEOUT,
  );

  it(
    'reads the header alone of more than 1 GB, and the values when asked to',
    async () => {
      const path = join(folder, 'huge.safetensors');
      // A file with a hole: 2 GB of zeros that take no room.
      const header = headerOf(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`w${i}`, [5000, 5000]])));
      writeFileSync(path, header);
      truncateSync(path, header.length + 20 * 4 * 25_000_000);
      const { page, errors } = await open();
      await choose(page, [path]);
      await stateOf(page, 'done');
      expect(await status(page)).toBe('huge.safetensors is open.');
      await page.getByRole('button', { name: 'Read all values (2.00 GB)' }).click();
      await page.getByRole('progressbar').waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await stateOf(page, 'cancelled');
      expect(errors).toEqual([]);
      await page.context().close();
    },
    TIMEOUT,
  );

  it(
    'looks right with a model, in both modes, wide and on a phone, and works where storage is forbidden',
    async () => {
      for (const [size, colorScheme] of [
        [WIDE, 'light'],
        [NARROW, 'dark'],
      ] as const) {
        const { page, errors } = await open({ ...size, colorScheme }, (fresh) =>
          fresh.addInitScript(() => {
            for (const name of ['localStorage', 'sessionStorage'])
              Object.defineProperty(window, name, {
                get: () => {
                  throw new DOMException('forbidden', 'SecurityError');
                },
              });
          }),
        );
        await page.getByRole('button', { name: 'Try an example' }).click();
        await stateOf(page, 'done');
        await page.getByLabel('Smallest weights set to zero').fill('50');
        await page.locator('[data-change=done]').waitFor();
        expect(await sticksOut(page)).toEqual([]);
        expect(await violations(page)).toEqual([]);
        // What is wrong with a model, with a change of it, and with what is none.
        await choose(page, [file('a-name-that-is-rather-long-for-a-phone.safetensors', small(Number.NaN))]);
        await page.locator('[data-severity=error]').waitFor();
        await page.getByLabel('Stored as').selectOption('float16');
        await page.locator('[data-change=failed]').waitFor();
        expect(await sticksOut(page)).toEqual([]);
        expect(await violations(page)).toEqual([]);
        await choose(page, [file(`${'long'.repeat(30)}.zip`, 'PK\x03\x04')]);
        await stateOf(page, 'failed');
        expect(await sticksOut(page)).toEqual([]);
        expect(await violations(page)).toEqual([]);
        expect(errors).toEqual([]);
        await page.context().close();
      }
    },
    TIMEOUT,
  );

  it(
    'is used by keyboard: the zone is a button that opens the list of files',
    async () => {
      const { page } = await open();
      await page.getByRole('button', { name: 'Try an example' }).click();
      await stateOf(page, 'done');
      expect(await walkByTab(page)).toEqual([]);
      const chosen = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: /^Drop a model here, or choose its files/ }).focus();
      await page.keyboard.press('Enter');
      const chooser = await chosen;
      await chooser.setFiles([file('net.safetensors', small())] as never);
      await page.getByText('net.safetensors: done').waitFor();
      await page.context().close();
    },
    TIMEOUT,
  );
});
