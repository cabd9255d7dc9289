import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openCheckpoint } from '@weightkit/checkpoint';
import { afterEach, expect, it } from 'vitest';
import { faultOf, joined, little } from '../support.ts';

const values = Float32Array.from({ length: 5000 }, (_, i) => i / 7);
const header = JSON.stringify({
  first: { dtype: 'F32', shape: [4000], data_offsets: [0, 16_000] },
  last: { dtype: 'F32', shape: [1000], data_offsets: [16_000, 20_000] },
});
const file = joined(little(header.length), header, new Uint8Array(values.buffer));

let stop = async (): Promise<void> => {};
afterEach(() => stop());

/** A server on loopback; requests are counted with the bytes that they were answered with. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.safetensors`;
}

const ranged =
  (bytes: Uint8Array, sent: number[]) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')!.map(Number) as [number, number, number];
    const part = bytes.subarray(from, Math.min(bytes.length, to + 1));
    sent.push(part.length);
    response.writeHead(206, {
      'content-range': `bytes ${from}-${from + part.length - 1}/${bytes.length}`,
      'content-length': part.length,
    });
    response.end(part);
  };

it('openCheckpoint reads the header of a URL by ranges, and of a tensor its own bytes', async () => {
  const sent: number[] = [];
  const checkpoint = await openCheckpoint(await serve(ranged(file, sent)));
  expect(sent).toEqual([1024]);
  expect([...((await checkpoint.tensors[1]!.values()) as Float32Array)]).toEqual([...values.subarray(4000)]);
  expect(sent).toEqual([1024, 4000]);
});

it('openCheckpoint takes the whole file from a server that ignores ranges', async () => {
  let requests = 0;
  const url = await serve((_request, response) => {
    requests++;
    response.end(file);
  });
  const checkpoint = await openCheckpoint(new URL(url));
  expect([...((await checkpoint.tensors[1]!.values()) as Float32Array)]).toEqual([...values.subarray(4000)]);
  expect(requests).toBe(1);
});

it('openCheckpoint opens a model.json by URL, with its weight files beside it', async () => {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url!);
    const json = {
      weightsManifest: [{ paths: ['sub dir/w.bin'], weights: [{ name: 'a', shape: [1], dtype: 'float32' }] }],
    };
    response.end(request.url!.endsWith('.json') ? JSON.stringify(json) : new Uint8Array(Float32Array.of(5).buffer));
  });
  const { tensors } = await openCheckpoint(url.replace('a.safetensors', 'm/model.json'));
  expect([...((await tensors[0]!.values()) as Float32Array)]).toEqual([5]);
  expect(asked).toEqual(['/m/model.json', '/m/sub%20dir/w.bin']);
});

it('weight files are asked for with what stands behind the question mark of the model, a signature maybe', async () => {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(request.url!);
    const json = { weightsManifest: [{ paths: ['w.bin'], weights: [{ name: 'a', shape: [1], dtype: 'float32' }] }] };
    response.end(request.url!.includes('.json') ? JSON.stringify(json) : new Uint8Array(Float32Array.of(5).buffer));
  });
  await openCheckpoint(url.replace('a.safetensors', 'm/model.json?signature=a%2Fb'));
  expect(asked).toEqual(['/m/model.json?signature=a%2Fb', '/m/w.bin?signature=a%2Fb']);
});

it('openCheckpoint takes the whole file where a page of another origin is not shown Content-Range', async () => {
  const asked: (string | undefined)[] = [];
  const url = await serve(({ headers: { range } }, response) => {
    asked.push(range);
    if (range) response.writeHead(206).end(file.subarray(0, 1024));
    else response.end(file);
  });
  const { tensors } = await openCheckpoint(url);
  expect([...((await tensors[1]!.values()) as Float32Array)]).toEqual([...values.subarray(4000)]);
  expect(asked).toEqual(['bytes=0-1023', undefined]);
});

it.each<[string, number, number]>([
  ['other bytes of the file', 0, file.length],
  ['those of a file that has changed its length', 1, file.length + 4],
])('a tensor is refused where a range is answered with %s', async (_title, moves, size) => {
  const good = ranged(file, []);
  const url = await serve((request, response) => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range!)!.map(Number) as [number, number, number];
    if (from === 0) return good(request, response);
    const begin = from * moves;
    const end = begin + to - from;
    response.writeHead(206, { 'content-range': `bytes ${begin}-${end}/${size}` }).end(file.subarray(begin, end + 1));
  });
  const { tensors } = await openCheckpoint(url);
  await expect(tensors[1]!.bytes()).rejects.toMatchObject({ check: 'request' });
});

it.each<[string, (request: IncomingMessage, response: ServerResponse) => void, string]>([
  ['a status of 404', (_, response) => void response.writeHead(404).end('none'), 'request'],
  ['a status of 500', (_, response) => void response.writeHead(500).end(), 'request'],
  [
    'a range without Content-Range',
    (_, response) => void response.writeHead(206).end(file.subarray(0, 1024)),
    'request',
  ],
  [
    'another length than Content-Range says',
    (_, response) => void response.writeHead(206, { 'content-range': `bytes 0-1023/${file.length}` }).end('short'),
    'download',
  ],
  [
    'an end in the middle',
    (_, response) => {
      response.writeHead(200, { 'content-length': file.length });
      response.write(file.subarray(0, 100));
      setTimeout(() => response.destroy(), 20);
    },
    'download',
  ],
  ['an empty file', (_, response) => void response.writeHead(416).end(), 'header-too-small'],
  ['a page of HTML', (_, response) => void response.end('<!DOCTYPE html>'), 'html'],
])('openCheckpoint refuses a URL with %s', async (_title, answer, check) => {
  expect((await faultOf(openCheckpoint(await serve(answer)))).check).toBe(check);
});

it('a download that ends early while a tensor is read is an error', async () => {
  const sent: number[] = [];
  const good = ranged(file, sent);
  const url = await serve((request, response) => {
    if (sent.length === 0) return good(request, response);
    response.writeHead(206, { 'content-length': 16_000 });
    response.write(file.subarray(0, 100));
    setTimeout(() => response.destroy(), 20);
  });
  const { tensors } = await openCheckpoint(url);
  await expect(tensors[0]!.bytes()).rejects.toMatchObject({ check: 'download' });
});

it('openCheckpoint stops at an abort and uses the fetch that it is given', async () => {
  const abort = new AbortController();
  const url = await serve(() => abort.abort(new Error('enough')));
  await expect(openCheckpoint(url, { signal: abort.signal })).rejects.toThrow('enough');
  const own = openCheckpoint('https://models.invalid/a.safetensors', {
    fetch: async () => new Response(file as Uint8Array<ArrayBuffer>),
  });
  expect((await own).tensors.length).toBe(2);
});
