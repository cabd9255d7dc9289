// numpy, scipy, torch and safetensors as peers: one child process of Python per task, on one thread. PYTHON names the interpreter; what it lacks
// is no peer.
import { spawn, spawnSync } from 'node:child_process';

const python = process.env.PYTHON ?? 'python3';
const threads = { OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };

/** The version of a Python package; null where there is none. */
export function versionOf(name) {
  const asked = spawnSync(python, ['-c', `import ${name}; print(${name}.__version__)`], { encoding: 'utf8' });
  return asked.status === 0 ? asked.stdout.trim() : null;
}

/** The versions of the packages that are peers, by name; null where there is none. */
export const versions = Object.fromEntries(['numpy', 'scipy', 'torch'].map((name) => [name, versionOf(name)]));

const children = [];

function start(name, setup, statement) {
  const program = `
import sys, numpy
${name === 'torch' ? 'import torch; torch.set_num_threads(1)' : ''}
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
 * A runner for `alternate`, which gives what the statement prints on a line; null where there is no such package.
 *
 * @param {'numpy' | 'scipy' | 'torch' | 'safetensors'} name - the package that must be there
 * @param {string} setup - Python, run once; `randn(rows, cols)` draws normal values
 * @param {string} statement - what is timed, one line of Python
 */
export function pythonRunner(name, setup, statement) {
  if (versions.numpy === null || (versions[name] ?? versionOf(name)) === null) return null;
  let child;
  return () => {
    child ??= start(name, setup, statement);
    return new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error(`${name}: ${statement} ended`)));
      child.stdout.once('data', (printed) => {
        child.removeAllListeners('exit');
        resolve(`${printed}`.trim());
      });
      child.stdin.write('\n');
    });
  };
}

/** {@link pythonRunner} of numpy. */
export const numpyRunner = (setup, statement) => pythonRunner('numpy', setup, statement);

/** Ends every child process. */
export function endPython() {
  for (const child of children) child.stdin.end();
}
