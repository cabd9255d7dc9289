// numpy as a peer: one child process of Python per task, on one thread. PYTHON names the interpreter; without numpy there is no peer.
import { spawn, spawnSync } from 'node:child_process';

const python = process.env.PYTHON ?? 'python3';
const threads = { OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };
const asked = spawnSync(python, ['-c', 'import numpy; print(numpy.__version__)'], { encoding: 'utf8' });

/** numpy's version; null where there is no numpy. */
export const version = asked.status === 0 ? asked.stdout.trim() : null;

const children = [];

function start(setup, statement) {
  const program = `
import sys, numpy
randn = lambda *shape: numpy.random.default_rng(0).standard_normal(shape)
${setup}
for line in sys.stdin:
    ${statement}
    print(flush=True)
`;
  const child = spawn(python, ['-c', program], {
    env: { ...process.env, ...threads },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

/**
 * A runner for `alternate`; null where there is no numpy.
 *
 * @param {string} setup - Python, run once; `randn(rows, cols)` draws normal values
 * @param {string} statement - what is timed, one line of Python
 */
export function numpyRunner(setup, statement) {
  if (version === null) return null;
  let child;
  return () => {
    child ??= start(setup, statement);
    return new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error(`numpy: ${statement} ended`)));
      child.stdout.once('data', () => {
        child.removeAllListeners('exit');
        resolve();
      });
      child.stdin.write('\n');
    });
  };
}

/** Ends every child process. */
export function endNumpy() {
  for (const child of children) child.stdin.end();
}
