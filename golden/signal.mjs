// Writes packages/initializers/test/golden/signal.json: what signals and gradients are in small nets, by Monte Carlo over many
// starts in float64, and exactly for one start; of all nets, or of those named behind the number of starts. Needs the built packages (`npm run build`), for the random numbers of that one.
import { readFileSync, writeFileSync } from 'node:fs';
import { fillNormal, foldIn, randomKey } from '../packages/numerics/dist/index.js';
import { CASES } from './signal/cases.mjs';
import { fanInOf, run } from './signal/net.mjs';
import { Tape } from './signal/tape.mjs';

const [draws = 2000, ...only] = process.argv.slice(2);
const DRAWS = Number(draws);
const product = (sizes) => sizes.reduce((a, b) => a * b, 1);

/** mulberry32, and pairs of normal numbers by Box and Muller. */
function source(seed) {
  let state = seed >>> 0;
  let spare = null;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => {
    if (spare !== null) {
      const z = spare;
      spare = null;
      return z;
    }
    const r = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = r * Math.sin(angle);
    return r * Math.cos(angle);
  };
  return { uniform, normal };
}

/** Weights that no draw changes; the tests give the model the same. */
const FIXED = {
  gamma: (i) => 0.5 + 0.25 * (i % 4),
  beta: (i) => 0.1 * (i % 3),
  movingMean: (i) => 0.2 * (i % 2),
  movingVariance: (i) => 1 + 0.5 * (i % 3),
  alpha: (i) => 0.1 + 0.2 * (i % 4),
};

export function stdOf(net, name, shape, node) {
  if (name === 'bias') return node.kind === 'lstm' || node.kind === 'gru' ? 0 : (net.bias ?? 0);
  if (name === 'embeddings') return 1;
  return Math.sqrt((/^(lstm|gru)$/.test(node.kind) ? 1 : net.gain) / fanInOf(name, shape, node.kind));
}

const weightsBy = (net, fill) => (layer, name, shape, node) =>
  FIXED[name]
    ? Float64Array.from({ length: product(shape) }, (_, i) => FIXED[name](i))
    : fill(layer, name, product(shape), stdOf(net, name, shape, node));

const meanSquare = (values) => values.reduce((sum, v) => sum + v * v, 0) / values.length;

class Mean {
  n = 0;
  sum = 0;
  squares = 0;
  add(x) {
    this.n++;
    this.sum += x;
    this.squares += x * x;
  }
  get mean() {
    return this.sum / this.n;
  }
  get error() {
    return Math.sqrt(Math.max(0, this.squares / this.n - this.mean ** 2) / this.n);
  }
}

const digits = (x) => Number(x.toPrecision(7));

function monteCarlo(net, seed) {
  const { normal, uniform } = source(seed);
  const found = new Map();
  const batch = 2;
  for (let draw = 0; draw < DRAWS; draw++) {
    const tape = new Tape();
    const inputs = net.inputs.map(({ shape, tokens }) => {
      const size = batch * product(shape);
      return tape.value(
        [batch, ...shape],
        Float64Array.from({ length: size }, () => (tokens ? Math.floor(uniform() * tokens) : normal())),
      );
    });
    const fill = (_layer, _name, size, std) =>
      Float64Array.from({ length: size }, () => (std === 0 ? 0 : std * normal()));
    const { outputs, sites, origins } = run(tape, net, inputs, weightsBy(net, fill));
    for (const [id, z] of sites) {
      if (!found.has(id))
        found.set(id, { forward: new Mean(), fourth: new Mean(), backward: new Mean(), chi: new Mean() });
      const own = found.get(id);
      own.forward.add(meanSquare(z.v));
      own.fourth.add(z.v.reduce((sum, v) => sum + v ** 4, 0) / z.v.length);
    }
    // The gradient of the outputs times normal numbers: of each output by itself, since these do not depend on each other.
    const gradients = new Map([...sites.keys()].map((id) => [id, 0]));
    for (const output of outputs) {
      tape.back(
        output,
        output.v.map(() => normal()),
      );
      for (const [id, z] of sites) gradients.set(id, gradients.get(id) + (z.g ? meanSquare(z.g) : 0));
    }
    for (const [id, square] of gradients) found.get(id).backward.add(square);
    // E |J' v|² over the numbers of z is the mean square of a change at z from changes of square 1 before.
    for (const [id, z] of sites) {
      tape.back(
        z,
        z.v.map(() => normal()),
        (value) => origins.has(value),
      );
      let total = 0;
      for (const origin of origins) if (origin !== z && origin.g) total += origin.g.reduce((sum, g) => sum + g * g, 0);
      if (total > 0) found.get(id).chi.add(total / z.v.length);
    }
  }
  return [...found].map(([id, { forward, fourth, backward, chi }]) => {
    const of = (mean) => (mean.n === 0 ? null : { mean: digits(mean.mean), error: digits(mean.error) });
    // Of the variance that z has given inputs and earlier weights: 0 where z is normal.
    const spread = digits(fourth.mean / (3 * forward.mean ** 2) - 1);
    return { id, forward: of(forward), backward: of(backward), chi: of(chi), spread };
  });
}

/** One start, whose float32 numbers the tests have too. */
function once(net) {
  const tape = new Tape();
  const batch = 3;
  const drawn = (size, name, std) => Float64Array.from(fillNormal(new Float32Array(size), randomKey(5, name), { std }));
  const inputs = net.inputs.map(({ shape, tokens }, i) => {
    const size = batch * product(shape);
    return tape.value(
      [batch, ...shape],
      tokens ? Float64Array.from({ length: size }, (_, k) => (k * 3 + 1) % tokens) : drawn(size, `x${i}`, 1),
    );
  });
  const fill = (layer, name, size, std) => (std === 0 ? new Float64Array(size) : drawn(size, `${layer}/${name}`, std));
  const { outputs, sites } = run(tape, net, inputs, weightsBy(net, fill));
  const total = new Map();
  for (const [i, output] of outputs.entries()) {
    const direction = fillNormal(new Float32Array(output.v.length), foldIn(randomKey(0, 'signalReport'), i), {
      std: 1,
    });
    tape.back(output, direction);
    for (const [id, z] of sites) {
      const sum = total.get(id) ?? new Float64Array(z.v.length);
      total.set(id, z.g ? sum.map((a, k) => a + z.g[k]) : sum);
    }
  }
  return [...sites].map(([id, z]) => {
    const mean = z.v.reduce((a, b) => a + b, 0) / z.v.length;
    return { id, variance: meanSquare(z.v) - mean * mean, gradient: meanSquare(total.get(id)) };
  });
}

const file = new URL('../packages/initializers/test/golden/signal.json', import.meta.url);
const before = only.length > 0 ? JSON.parse(readFileSync(file, 'utf8')).cases : [];

const cases = CASES.map((net, i) => {
  const old = before.find(({ name }) => name === net.name);
  if (old && !only.includes(net.name)) return old;
  const layers = monteCarlo(net, i + 1);
  const exact = new Map(
    once(net).map(({ id, variance, gradient }) => [id, { variance: digits(variance), gradient: digits(gradient) }]),
  );
  console.log(net.name, JSON.stringify(layers.map((l) => [l.id, l.forward.mean, l.backward.mean, l.chi?.mean])));
  return {
    call: `${net.name}: ${DRAWS} starts`,
    ...net,
    layers: layers.map((layer) => ({ ...layer, once: exact.get(layer.id) })),
  };
});
const made = { by: 'golden/signal.mjs', versions: { node: process.versions.node } };
const lines = cases.map((one) => JSON.stringify(one)).join(',\n');
writeFileSync(file, `{"made": ${JSON.stringify(made)},\n"cases": [\n${lines}\n]}\n`);
