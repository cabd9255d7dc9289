// Pages in the Chromium that scripts/setup-browser.mjs found.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { chromium } from 'playwright';
import { backends, missingBackends } from './backends.mjs';

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};
const typeOf = (path) => TYPES[extname(path)] ?? 'application/octet-stream';

const browserOnly = () => backends().filter(({ project }) => project === 'webgpu-browser');

/** The browser, or the reason why there is none; under CI that is an error. */
export async function openChromium() {
  const [reason] = missingBackends({ list: browserOnly() });
  if (reason) return { reason };
  const [{ facts }] = browserOnly();
  const browser = await chromium.launch({ executablePath: facts.executablePath, args: facts.args });
  return { browser };
}

/** Serves a folder on 127.0.0.1: `{url, close}`. */
export async function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const file = join(folder, path.endsWith(sep) ? join(path, 'index.html') : path);
    try {
      const body = readFileSync(file);
      // Kept by the browser, so that it compiles a script once and not for every page.
      response.writeHead(200, { 'content-type': typeOf(file), 'cache-control': 'max-age=600' }).end(body);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

const CDN = /^https:\/\/cdn\.jsdelivr\.net\/npm\/((?:@[^/@]+\/)?[^/@]+)(?:@([^/]+))?\/(.+)$/;

/** Answers what a page asks of jsDelivr from folders: `folderOf(name)` is where that package is installed. */
async function answerCdn(page, folderOf) {
  await page.route(/^https:/, (route) => {
    const [, name, , path] = CDN.exec(route.request().url()) ?? [];
    if (!name) return route.abort();
    try {
      const body = readFileSync(join(folderOf(name), path));
      return route.fulfill({ body, contentType: typeOf(path), headers: { 'access-control-allow-origin': '*' } });
    } catch (error) {
      return route.fulfill({ status: 404, body: error.message });
    }
  });
}

/**
 * Opens a page and waits until `document.documentElement.dataset.done` is set, or what a `selector` names is there, or `until`
 * says so of the page and the lines that it logged; or a script fails: `{page, logs, errors}`. Errors are what was thrown or
 * written by console.error, and files that did not come.
 */
export async function openPage(browser, url, { folderOf, html, selector, until, timeout = 60_000 } = {}) {
  const page = await browser.newPage();
  const [logs, errors] = [[], []];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`console.error: ${message.text()}`);
    else if (message.type() === 'log') logs.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.stack || error.message || String(error)));
  page.on('response', (response) => {
    if (response.status() >= 400) errors.push(`${response.status()} ${response.url()}`);
  });
  if (folderOf) await answerCdn(page, folderOf);
  // A page from a text has an origin all the same, which module workers and import maps need.
  if (html) await page.route(url, (route) => route.fulfill({ body: html, contentType: TYPES['.html'] }));
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
  await page.goto(url);
  const end = Date.now() + timeout;
  const isThere = (wanted) => page.evaluate((css) => document.querySelector(css) !== null, wanted);
  const isDone = () => (until ? until(page, logs) : isThere(selector ?? 'html[data-done]'));
  while (!(await isDone()) && !errors.length) {
    if (Date.now() > end) errors.push(`the page was not done after ${timeout / 1000} s`);
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { page, logs, errors };
}
