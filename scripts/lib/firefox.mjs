// Firefox, driven by its own Marionette protocol over a socket on 127.0.0.1: what Playwright drives is a Firefox of its own, which is not
// the one that people have.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A profile that asks nobody for anything: every host but the loopback goes to a proxy where nobody listens. */
const PREFS = {
  'marionette.port': 0, // any; Firefox writes the one it took into a file of the profile
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'network.proxy.no_proxies_on': '127.0.0.1',
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Commands and answers: a length in decimal, a colon, and so many bytes of JSON. */
function talk(socket) {
  const waiting = new Map();
  let buffer = Buffer.alloc(0);
  let id = 0;
  let ended;
  const fail = (error) => {
    ended = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const colon = buffer.indexOf(':');
      const end = colon + 1 + Number(buffer.subarray(0, Math.max(0, colon)).toString());
      if (colon < 0 || buffer.length < end) return;
      const message = JSON.parse(buffer.subarray(colon + 1, end).toString());
      buffer = buffer.subarray(end);
      if (!Array.isArray(message)) continue; // the greeting
      const [, of, error, value] = message;
      const { resolve, reject } = waiting.get(of);
      waiting.delete(of);
      if (error) reject(new Error(`Firefox: ${error.error}: ${error.message}`));
      else resolve(value && 'value' in value ? value.value : value);
    }
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('Firefox: it has closed')));
  return (name, params = {}) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      waiting.set(++id, { resolve, reject });
      const text = JSON.stringify([0, id, name, params]);
      socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
}

/**
 * Starts a Firefox without a window: `{open(url), run(body, ...args), close()}`. `run` gives what a function with this body returns in the page;
 * the body names its arguments `arguments`.
 */
export async function openFirefox(executablePath, { timeout = 60_000 } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'weightkit-firefox-'));
  const lines = Object.entries(PREFS).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(profile, 'user.js'), lines.join(''));
  const args = ['--headless', '--marionette', '--no-remote', '--profile', profile];
  const child = spawn(executablePath, args, {
    stdio: 'ignore',
    env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: '1' },
  });
  let gone;
  const exited = new Promise((resolve) => {
    const end = (how) => {
      gone = how;
      resolve();
    };
    child.on('error', (error) => end(error.message));
    child.on('exit', (code) => end(`it ended with ${code}`));
  });
  let socket;
  const close = async () => {
    socket?.destroy();
    child.kill();
    const late = setTimeout(() => child.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(late);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const file = join(profile, 'MarionetteActivePort');
    const end = Date.now() + timeout;
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') {
      if (gone !== undefined) throw new Error(`Firefox: ${gone}`);
      if (Date.now() > end) throw new Error(`Firefox: it must be ready after ${timeout / 1000} s`);
      await pause(50);
    }
    socket = connect(Number(readFileSync(file, 'utf8')), '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const send = talk(socket);
    await send('WebDriver:NewSession', { pageLoadStrategy: 'normal' });
    return {
      open: (url) => send('WebDriver:Navigate', { url }),
      run: (script, ...args) => send('WebDriver:ExecuteScript', { script, args }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
