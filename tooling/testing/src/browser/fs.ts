// What the tests use of node:fs, for a browser: goldens are read beside the test file, which the test server hands out.

/** Reads a text file whose URL is relative to the test file, synchronously, as `node:fs` does. */
export function readFileSync(url: URL, encoding: 'utf8'): string {
  if (encoding !== 'utf8') throw new TypeError(`readFileSync: encoding must be utf8, got ${encoding}`);
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.send();
  if (request.status !== 200) throw new Error(`readFileSync: ${url} must be there, got status ${request.status}`);
  return request.responseText;
}
