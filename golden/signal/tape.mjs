// Reverse-mode differentiation of float64 arrays, nothing but what golden/signal.mjs needs, and none of it from weightkit or tfjs.

const product = (sizes) => sizes.reduce((a, b) => a * b, 1);

export class Tape {
  #values = [];

  /** A value of a shape, with what hands its gradient on. */
  value(shape, v, back = () => {}) {
    const value = { shape, v, g: null, back, at: this.#values.length };
    this.#values.push(value);
    return value;
  }

  /** Goes back from a value with a gradient at it; where `stop` holds it goes no further. */
  back(from, direction, stop = () => false) {
    for (const value of this.#values) value.g = null;
    from.g = Float64Array.from(direction);
    for (let i = from.at; i >= 0; i--) {
      const value = this.#values[i];
      if (value.g && (value === from || !stop(value))) value.back(value.g);
    }
  }
}

const into = (x) => {
  x.g ??= new Float64Array(x.v.length);
  return x.g;
};

/** out[i] = x[index[i]], 0 where the index is -1; the index is that of one example. */
export function gather(tape, x, index, shape) {
  const batch = x.shape[0];
  const [from, to] = [x.v.length / batch, index.length];
  const v = new Float64Array(batch * to);
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < to; i++) if (index[i] >= 0) v[b * to + i] = x.v[b * from + index[i]];
  return tape.value([batch, ...shape], v, (g) => {
    const gx = into(x);
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < to; i++) if (index[i] >= 0) gx[b * from + index[i]] += g[b * to + i];
  });
}

/** out[index[i]] += x[i]. */
export function scatter(tape, x, index, shape) {
  const batch = x.shape[0];
  const [from, to] = [index.length, product(shape)];
  const v = new Float64Array(batch * to);
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < from; i++) if (index[i] >= 0) v[b * to + index[i]] += x.v[b * from + i];
  return tape.value([batch, ...shape], v, (g) => {
    const gx = into(x);
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < from; i++) if (index[i] >= 0) gx[b * from + i] += g[b * to + index[i]];
  });
}

/** Rows of k numbers times a matrix [k, n]. */
export function times(tape, x, w, k, n, shape) {
  const rows = x.v.length / k;
  const v = new Float64Array(rows * n);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < k; i++) {
      const a = x.v[r * k + i];
      if (a !== 0) for (let j = 0; j < n; j++) v[r * n + j] += a * w[i * n + j];
    }
  return tape.value([x.shape[0], ...shape], v, (g) => {
    const gx = into(x);
    for (let r = 0; r < rows; r++)
      for (let i = 0; i < k; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += g[r * n + j] * w[i * n + j];
        gx[r * k + i] += sum;
      }
  });
}

/** f of each number; df is its derivative. */
export function each(tape, x, f, df) {
  return tape.value(x.shape, x.v.map(f), (g) => {
    const gx = into(x);
    for (let i = 0; i < g.length; i++) gx[i] += g[i] * df(x.v[i]);
  });
}

/** factor x + offset, one pair for each of the last axis. */
export function affine(tape, x, factor, offset) {
  const n = factor.length;
  return tape.value(
    x.shape,
    x.v.map((a, i) => factor[i % n] * a + offset[i % n]),
    (g) => {
      const gx = into(x);
      for (let i = 0; i < g.length; i++) gx[i] += g[i] * factor[i % n];
    },
  );
}

export function sum(tape, list, share = 1) {
  const v = list[0].v.map((_, i) => share * list.reduce((total, x) => total + x.v[i], 0));
  return tape.value(list[0].shape, v, (g) => {
    for (const x of list) {
      const gx = into(x);
      for (let i = 0; i < g.length; i++) gx[i] += share * g[i];
    }
  });
}

export function multiply(tape, x, y) {
  return tape.value(
    x.shape,
    x.v.map((a, i) => a * y.v[i]),
    (g) => {
      const [gx, gy] = [into(x), into(y)];
      for (let i = 0; i < g.length; i++) {
        gx[i] += g[i] * y.v[i];
        gy[i] += g[i] * x.v[i];
      }
    },
  );
}

/** Along the last axis. */
export function concat(tape, list) {
  const sizes = list.map(({ shape }) => shape.at(-1));
  const total = sizes.reduce((a, b) => a + b, 0);
  const rows = list[0].v.length / sizes[0];
  const v = new Float64Array(rows * total);
  const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((a, b) => a + b, 0));
  for (const [k, x] of list.entries())
    for (let r = 0; r < rows; r++)
      for (let i = 0; i < sizes[k]; i++) v[r * total + starts[k] + i] = x.v[r * sizes[k] + i];
  return tape.value([...list[0].shape.slice(0, -1), total], v, (g) => {
    for (const [k, x] of list.entries()) {
      const gx = into(x);
      for (let r = 0; r < rows; r++)
        for (let i = 0; i < sizes[k]; i++) gx[r * sizes[k] + i] += g[r * total + starts[k] + i];
    }
  });
}

/** The mean or the largest of each set of indices of an example. */
export function pool(tape, x, sets, shape, isMaximum) {
  const batch = x.shape[0];
  const [from, to] = [x.v.length / batch, sets.length];
  const v = new Float64Array(batch * to);
  const best = new Int32Array(batch * to);
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < to; i++) {
      let [most, at, total] = [-Infinity, 0, 0];
      for (const j of sets[i]) {
        const a = x.v[b * from + j];
        total += a;
        if (a > most) [most, at] = [a, j];
      }
      v[b * to + i] = isMaximum ? most : total / sets[i].length;
      best[b * to + i] = at;
    }
  return tape.value([batch, ...shape], v, (g) => {
    const gx = into(x);
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < to; i++)
        if (isMaximum) gx[b * from + best[b * to + i]] += g[b * to + i];
        else for (const j of sets[i]) gx[b * from + j] += g[b * to + i] / sets[i].length;
  });
}

/** (x - mean) / sqrt(variance + epsilon) over the last axis. */
export function normalize(tape, x, epsilon) {
  const n = x.shape.at(-1);
  const rows = x.v.length / n;
  const v = new Float64Array(x.v.length);
  const scales = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const row = x.v.subarray(r * n, r * n + n);
    const mean = row.reduce((a, b) => a + b, 0) / n;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    scales[r] = 1 / Math.sqrt(variance + epsilon);
    for (let i = 0; i < n; i++) v[r * n + i] = (row[i] - mean) * scales[r];
  }
  return tape.value(x.shape, v, (g) => {
    const gx = into(x);
    for (let r = 0; r < rows; r++) {
      let [first, second] = [0, 0];
      for (let i = r * n; i < r * n + n; i++) {
        first += g[i] / n;
        second += (g[i] * v[i]) / n;
      }
      for (let i = r * n; i < r * n + n; i++) gx[i] += scales[r] * (g[i] - first - v[i] * second);
    }
  });
}

export const reshape = (tape, x, shape) =>
  tape.value([x.shape[0], ...shape], x.v, (g) => {
    const gx = into(x);
    for (let i = 0; i < g.length; i++) gx[i] += g[i];
  });
