import { CheckpointError, checkFile } from '../checkpoint-error.ts';
import { type ByteSource, bytesSource } from './byte-source.ts';

/** How a URL is fetched. */
export interface FetchOptions {
  /** Stops requests. */
  signal?: AbortSignal | undefined;
  /** In place of the global `fetch`, for headers, proxies and tests. */
  fetch?: typeof fetch | undefined;
}

async function request(url: string, range: string, { signal, fetch = globalThis.fetch }: FetchOptions) {
  try {
    return await fetch(url, { headers: range ? { Range: range } : {}, ...(signal ? { signal } : {}) });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw failed('a URL must answer', 'request', url, cause);
  }
}

const failed = (rule: string, check: string, file: string, cause: unknown): CheckpointError =>
  new CheckpointError(rule, (cause as Error).message, { check, file }, { cause });

const download = async (response: Response, url: string): Promise<Uint8Array> =>
  new Uint8Array(
    await response.arrayBuffer().catch((cause: unknown) => {
      throw failed('a download must be complete', 'download', url, cause);
    }),
  );

async function bodyOf(response: Response, url: string, wanted: number): Promise<Uint8Array> {
  const bytes = await download(response, url);
  checkFile(bytes.length === wanted, `a download must have the ${wanted} bytes asked for`, bytes.length, {
    check: 'download',
    file: url,
  });
  return bytes;
}

/**
 * A URL. Its first kilobyte is asked for by Range; a server that answers with the range is asked for no more than what is
 * read. The whole file is taken at once from one that ignores Range and from one that does not let a page of another origin
 * see Content-Range.
 */
export async function urlSource(url: string, options: FetchOptions = {}): Promise<ByteSource> {
  let first = await request(url, 'bytes=0-1023', options);
  const status = { check: 'request', file: url };
  // An empty file has no first byte.
  if (first.status === 416) return bytesSource(new Uint8Array(0), url);
  const range = first.status === 206 && /^bytes 0-(\d+)\/(\d+)$/.exec(first.headers.get('content-range') ?? '');
  if (first.status === 206 && !range) first = await request(url, '', options);
  checkFile(
    first.ok && (!!range || first.status !== 206),
    'a URL must answer with the file',
    `status ${first.status}`,
    status,
  );
  if (!range) {
    const length = Number(first.headers.get('content-length') ?? Number.NaN);
    const whole = await download(first, url);
    const encoded = (first.headers.get('content-encoding') ?? 'identity') !== 'identity';
    checkFile(encoded || !(whole.length < length), `a download must have ${length} bytes`, whole.length, {
      check: 'download',
      file: url,
    });
    return bytesSource(whole, url);
  }
  const size = Number(range[2]);
  const head = await bodyOf(first, url, Math.min(1024, size));
  return {
    name: url,
    size,
    async read(begin, end) {
      if (end <= begin) return new Uint8Array(0);
      if (end <= head.length) return head.slice(begin, end);
      const response = await request(url, `bytes=${begin}-${end - 1}`, options);
      const place = response.headers.get('content-range');
      checkFile(
        response.status === 206 && (!place || place === `bytes ${begin}-${end - 1}/${size}`),
        'a range must be answered as one',
        place ?? `status ${response.status}`,
        status,
      );
      return bodyOf(response, url, end - begin);
    },
    close: async () => {},
  };
}
