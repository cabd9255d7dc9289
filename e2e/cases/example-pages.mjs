// The example projects that are pages: installed by npm from their own package.json, built, and used in Chromium as a reader would.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { backends } from '../../scripts/lib/backends.mjs';
import { openPage, serve } from '../../scripts/lib/chromium.mjs';
import { checkReadme, folderOf, npmIn } from '../lib/examples.mjs';

/** `npm start` of an app says where it serves, and serves it; then it is ended. */
async function checkDevServer(folder, name) {
  const shell = process.platform === 'win32';
  const child = spawn('npm', ['start'], { cwd: join(folder, name), shell, detached: !shell });
  try {
    let says = '';
    const address = await new Promise((resolve, reject) => {
      const listen = (chunk) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: Vite colors what it says
        says += String(chunk).replaceAll(/\u001b\[\d+m/g, '');
        const [found] = /http:\/\/localhost:\d+\//.exec(says) ?? [];
        if (found) resolve(found);
      };
      for (const stream of [child.stdout, child.stderr]) stream.on('data', listen);
      child.on('exit', (code) => reject(new Error(`npm start in ${name} ended with ${code}: ${says}`)));
      setTimeout(() => reject(new Error(`npm start in ${name} says no address: ${says}`)), 60_000).unref();
    });
    const script = await fetch(`${address}src/main.ts`);
    assert.ok(script.ok && (await script.text()).includes('import'), `${address} serves ${name}`);
  } finally {
    child.removeAllListeners('exit');
    shell ? child.kill() : process.kill(-child.pid);
  }
}

const DONE = { selector: '#status[data-state=done]', timeout: 90_000 };
/** Chromium without its flags for WebGPU in software: there is no adapter then. */
async function withoutWebGpu() {
  const { facts } = backends().find(({ project }) => project === 'webgpu-browser');
  const args = facts.args.filter((arg) => !/webgpu|vulkan|angle/i.test(arg));
  return chromium.launch({ executablePath: facts.executablePath, args });
}

/** What the status of a page says when it says the pattern. */
async function statusOf(browser, url, options) {
  const { page, errors } = await openPage(browser, url, options);
  const status = await page.textContent('#status');
  const charts = await page.locator('#charts svg').count();
  await page.close();
  return { status, errors, charts };
}

async function checkTraining({ url, browser, outputs }) {
  // In software a shader takes long: a few epochs show that it trains.
  const until = async (page) => /epoch ([2-9]|\d\d) of \d+ on webgpu/.test(await page.textContent('#status'));
  const onGpu = await statusOf(browser, url, { until, timeout: 120_000 });
  assert.deepEqual([onGpu.errors, onGpu.charts], [[], 3]);

  const plain = await withoutWebGpu();
  try {
    const onWasm = await statusOf(plain, url, DONE);
    assert.deepEqual([onWasm.errors, onWasm.charts], [[], 3]);
    const [, accuracy] = /on wasm: ([\d.]+) %.*tensors left behind: 0$/.exec(onWasm.status);
    assert.ok(accuracy > 97, onWasm.status);
    checkReadme('vite-training', onWasm.status, outputs);
    const onCpu = await statusOf(plain, `${url}?backend=cpu`, DONE);
    assert.deepEqual(onCpu.errors, []);
    assert.match(onCpu.status, /on cpu: .*tensors left behind: 0$/);
    return `${accuracy} % on wasm without WebGPU`;
  } finally {
    await plain.close();
  }
}

async function checkLora({ url, browser, outputs, folder }) {
  const { page, errors } = await openPage(browser, url, { selector: '#tune:enabled', timeout: 60_000 });
  const rows = () => page.locator('#scores tr').allInnerTexts();
  const press = async (button) => {
    await page.click(button);
    await page.waitForSelector(button === '#remove' ? '#tune:enabled' : '#remove:enabled', { timeout: 60_000 });
  };
  await press('#tune');
  const tuned = await page.textContent('#status');
  const [download] = await Promise.all([page.waitForEvent('download'), press('#download')]);
  const saved = await page.textContent('#status');
  const file = join(folder, download.suggestedFilename());
  await download.saveAs(file);
  await press('#remove');
  // Something else is refused, and the page goes on.
  await page.setInputFiles('#file', join(folder, 'package.json'));
  await page.waitForSelector('#tune:enabled');
  await page.setInputFiles('#file', file);
  await page.waitForSelector('#remove:enabled');
  const list = (await rows()).map((row) => row.split('\t'));
  await page.close();
  assert.deepEqual(errors, []);
  const [loaded, adapted, without, again] = list.map(([, ...scores]) => scores.map((text) => Number.parseFloat(text)));
  assert.ok(loaded[0] > 85 && loaded[1] < 30 && adapted[1] > loaded[1] + 50, JSON.stringify(list));
  assert.deepEqual(without, loaded, 'without adapters it is what it was');
  assert.deepEqual(again, adapted, 'the file brings back what was learned');
  const header = readFileSync(file).subarray(8, 200).toString();
  assert.match(header, /base_model\.model\.\w+\.lora_A\.weight|format/);
  const lines = list.map(([name, upright, turned]) => `${name}: ${upright} upright, ${turned} turned`);
  checkReadme('vite-lora', [...lines, tuned, saved].join('\n'), outputs);
  return `${loaded[1]} to ${adapted[1]} % of turned digits by adapters`;
}

const PAGES = { 'vite-training': checkTraining, 'vite-lora': checkLora };

export async function examplePages({ tarballs, browser, outputs }) {
  const folder = await folderOf(tarballs);
  const says = [];
  for (const [name, check] of Object.entries(PAGES)) {
    await npmIn(folder, name, ['run', 'build']);
    await checkDevServer(folder, name);
    const server = await serve(join(folder, name, 'dist'));
    try {
      says.push(await check({ url: server.url, browser, outputs, folder }));
    } finally {
      await server.close();
    }
  }
  return says.join(', ');
}
