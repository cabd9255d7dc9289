// src/bidiagonalize.ts and src/tridiagonalize.ts in panels whose updates wait: A = stored A - l r, with rows of l and r in
// turn from the left and the right reflections. Float64, row-major, `ld` entries from row to row.
import { at, axpy, combine, dot, multiply, project } from './product';
import { householder } from './householder';

const NB = 16;
const WIDE = 2 * NB;
const BAND = 32;

// The blocks of the scratch memory: 34 m + 33 ld + 66 + 64 (n + 4) entries (src/matrix-engine.ts).
let l: usize, r: usize, v: usize, z: usize, u: usize, h: usize, f: usize, pair: usize, room: usize;

function layOut(scratch: usize, ld: i32, m: i32): void {
  l = scratch;
  r = at(l, WIDE * m);
  u = at(r, WIDE * ld);
  v = at(u, ld);
  z = at(v, m);
  h = at(z, m);
  f = at(h, WIDE);
  pair = at(f, WIDE);
  room = at(pair, 2);
}

// v = column k of A from row k on; `count` rows of r have been made.
function currentColumn(a: usize, ld: i32, m: i32, k: i32, count: i32): void {
  for (let e = 0; e < count; e++) store<f64>(at(h, e), -load<f64>(at(r, e * ld + k)));
  for (let i = k; i < m; i++) store<f64>(at(v, i - k), load<f64>(at(a, i * ld + k)));
  project(at(l, k * WIDE), <usize>WIDE << 3, h, v, m - k, count);
}

// z = A q from the last rows to the first or back: what the pass before it read last is still in the cache.
function sweepProduct(a: usize, ld: i32, q: usize, rows: i32, cols: i32, upwards: bool): void {
  memory.fill(z, 0, <usize>rows << 3);
  for (let done = 0; done < rows; done += BAND) {
    const start = upwards ? max(0, rows - done - BAND) : done;
    const stop = upwards ? rows - done : min(rows, done + BAND);
    project(at(a, start * ld), <usize>ld << 3, q, at(z, start), stop - start, cols);
  }
}

// Row `count` of r is tau v' A; u is row k of A after that reflection.
function reflectLeft(a: usize, ld: i32, m: i32, n: i32, k: i32, count: i32, tau: f64): void {
  const stride = <usize>ld << 3, width = n - k - 1;
  const y = at(r, count * ld + k + 1), row = at(u, k + 1);
  memory.fill(h, 0, <usize>count << 3);
  combine(v, at(l, k * WIDE), <usize>WIDE << 3, h, m - k, count);
  for (let e = 0; e < count; e++) {
    store<f64>(at(h, e), -load<f64>(at(h, e)));
    store<f64>(at(f, e), -load<f64>(at(l, k * WIDE + e)));
  }
  memory.fill(y, 0, <usize>width << 3);
  combine(v, at(a, k * ld + k + 1), stride, y, m - k, width);
  combine(h, at(r, k + 1), stride, y, count, width);
  for (let i = 0; i < width; i++) store<f64>(at(y, i), tau * load<f64>(at(y, i)));
  memory.copy(row, at(a, k * ld + k + 1), <usize>width << 3);
  combine(f, at(r, k + 1), stride, row, count, width);
  axpy(-1, y, row, width);
}

// Column `count + 1` of l is tau A u.
function reflectRight(a: usize, ld: i32, m: i32, n: i32, k: i32, count: i32, tau: f64): void {
  const size = m - k - 1, width = n - k - 1;
  const row = at(u, k + 1);
  for (let e = 0; e <= count; e++) store<f64>(at(f, e), -dot(at(r, e * ld + k + 1), row, width));
  sweepProduct(at(a, (k + 1) * ld + k + 1), ld, row, size, width, true);
  project(at(l, (k + 1) * WIDE), <usize>WIDE << 3, f, z, size, count + 1);
  for (let i = 0; i < size; i++) store<f64>(at(l, (k + 1 + i) * WIDE + count + 1), tau * load<f64>(at(z, i)));
}

function bidiagonalStep(a: usize, ld: i32, m: i32, n: i32, k: i32, count: i32, d: usize, e: usize, left: usize, right: usize): void {
  currentColumn(a, ld, m, k, count);
  householder(v, m - k, pair);
  store<f64>(at(d, k), load<f64>(pair));
  const tau = load<f64>(pair, 8);
  store<f64>(at(left, k), tau);
  for (let i = k; i < m; i++) store<f64>(at(l, i * WIDE + count), load<f64>(at(v, i - k)));
  if (k + 1 == n) return;
  reflectLeft(a, ld, m, n, k, count, tau);
  householder(at(u, k + 1), n - k - 1, pair);
  store<f64>(at(e, k), load<f64>(pair));
  store<f64>(at(right, k), load<f64>(pair, 8));
  memory.copy(at(a, k * ld + k + 1), at(u, k + 1), <usize>(n - k - 1) << 3);
  memory.copy(at(r, (count + 1) * ld + k + 1), at(u, k + 1), <usize>(n - k - 1) << 3);
  reflectRight(a, ld, m, n, k, count, load<f64>(pair, 8));
}

export function bidiagonalize(
  a: usize, ld: i32, m: i32, n: i32, d: usize, e: usize, left: usize, right: usize, scratch: usize,
): void {
  layOut(scratch, ld, m);
  for (let k = 0; k < n; k += NB) {
    const width = min(NB, n - k), next = k + width;
    for (let p = 0; p < width; p++) bidiagonalStep(a, ld, m, n, k + p, 2 * p, d, e, left, right);
    for (let i = k + 1; i < m; i++) {
      for (let p = 0; p < min(width, i - k); p++) store<f64>(at(a, i * ld + k + p), load<f64>(at(l, i * WIDE + 2 * p)));
    }
    if (next < n) {
      multiply(at(a, next * ld + next), <usize>ld << 3, at(l, next * WIDE), <usize>WIDE << 3, 8, at(r, next), <usize>ld << 3,
        m - next, n - next, 2 * width, -1, room);
    }
  }
}

// z = tau (A v - what waits), then z -= tau/2 (z'v) v: the vector w of A - v w' - w v'.
function symmetricProduct(a: usize, ld: i32, n: i32, k: i32, count: i32, tau: f64): void {
  const size = n - k - 1;
  const start = at(v, 1);
  for (let e = 0; e < count; e++) store<f64>(at(f, e), -dot(at(r, e * ld + k + 1), start, size));
  sweepProduct(at(a, (k + 1) * ld + k + 1), ld, start, size, size, (k & 1) == 1);
  project(at(l, (k + 1) * WIDE), <usize>WIDE << 3, f, z, size, count);
  for (let i = 0; i < size; i++) store<f64>(at(z, i), tau * load<f64>(at(z, i)));
  axpy(-0.5 * tau * dot(z, start, size), start, z, size);
}

// A whole symmetric matrix, both triangles; the vectors go below the subdiagonal.
export function tridiagonalize(a: usize, ld: i32, n: i32, d: usize, e: usize, taus: usize, scratch: usize): void {
  layOut(scratch, ld, n);
  for (let first = 0; first < n; first += NB) {
    const width = min(NB, n - first), next = first + width;
    for (let p = 0; p < width; p++) {
      const k = first + p, count = 2 * p, size = n - k - 1;
      currentColumn(a, ld, n, k, count);
      store<f64>(at(d, k), load<f64>(v));
      if (size == 0) break;
      householder(at(v, 1), size, pair);
      const tau = load<f64>(pair, 8);
      store<f64>(at(e, k), load<f64>(pair));
      store<f64>(at(taus, k), tau);
      symmetricProduct(a, ld, n, k, count, tau);
      for (let i = 0; i < size; i++) {
        const value = load<f64>(at(v, i + 1)), w = load<f64>(at(z, i));
        const row = at(l, (k + 1 + i) * WIDE + count);
        store<f64>(row, value);
        store<f64>(row, w, 8);
        store<f64>(at(r, count * ld + k + 1 + i), w);
        store<f64>(at(r, (count + 1) * ld + k + 1 + i), value);
        store<f64>(at(a, (k + 1 + i) * ld + k), value);
      }
    }
    if (next < n) {
      multiply(at(a, next * ld + next), <usize>ld << 3, at(l, next * WIDE), <usize>WIDE << 3, 8, at(r, next), <usize>ld << 3,
        n - next, n - next, 2 * width, -1, room);
    }
  }
}
