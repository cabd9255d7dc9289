// Elimination by blocks: float64, row-major, rows `stride` bytes apart, every size a multiple of 4. A panel holds 4 rows (or
// 4 columns) side by side: for each k, 4 numbers. All work is in `subtract`, on two panels at a time.

// The same number stands in src/wasm/panels.ts, which lays out the memory.
const WIDTH: i32 = 48;

@inline function at(p: usize, i: i32): usize { return p + (<usize>i << 3); }
@inline function row(p: usize, i: i32, stride: usize): usize { return p + <usize>i * stride; }
@inline function panel(p: usize, i: i32, n: i32): usize { return p + <usize>i * (<usize>n << 3); }
@inline function minus(a: v128, f: v128, b: v128): v128 { return f64x2.sub(a, f64x2.mul(f, b)); }

// c (4 x 4) -= sum over k < n of p[k] q[k]'
function subtract(c: usize, stride: usize, p: usize, q: usize, n: i32): void {
  const d = c + stride, e = d + stride, f = e + stride;
  let c0 = v128.load(c), c1 = v128.load(c, 16), d0 = v128.load(d), d1 = v128.load(d, 16);
  let e0 = v128.load(e), e1 = v128.load(e, 16), f0 = v128.load(f), f1 = v128.load(f, 16);
  const end = p + (<usize>n << 5);
  for (; p < end; p += 32, q += 32) {
    const x = v128.load(q), y = v128.load(q, 16);
    const r = v128.load64_splat(p), s = v128.load64_splat(p, 8), t = v128.load64_splat(p, 16), u = v128.load64_splat(p, 24);
    c0 = minus(c0, r, x); c1 = minus(c1, r, y);
    d0 = minus(d0, s, x); d1 = minus(d1, s, y);
    e0 = minus(e0, t, x); e1 = minus(e1, t, y);
    f0 = minus(f0, u, x); f1 = minus(f1, u, y);
  }
  v128.store(c, c0); v128.store(c, c1, 16); v128.store(d, d0); v128.store(d, d1, 16);
  v128.store(e, e0); v128.store(e, e1, 16); v128.store(f, f0); v128.store(f, f1, 16);
}

// Panels of 4 rows of a (rows x n), and back.
function pack(a: usize, stride: usize, rows: i32, n: i32, out: usize): void {
  for (let i = 0; i < rows; i += 4, a += stride << 2) {
    const b = a + stride, c = b + stride, d = c + stride;
    for (let k: usize = 0; k < <usize>n << 3; k += 16, out += 64) {
      const p = v128.load(a + k), q = v128.load(b + k), r = v128.load(c + k), s = v128.load(d + k);
      v128.store(out, v128.shuffle<f64>(p, q, 0, 2));
      v128.store(out, v128.shuffle<f64>(r, s, 0, 2), 16);
      v128.store(out, v128.shuffle<f64>(p, q, 1, 3), 32);
      v128.store(out, v128.shuffle<f64>(r, s, 1, 3), 48);
    }
  }
}

function unpack(from: usize, rows: i32, n: i32, a: usize, stride: usize): void {
  for (let i = 0; i < rows; i += 4, a += stride << 2) {
    const b = a + stride, c = b + stride, d = c + stride;
    for (let k: usize = 0; k < <usize>n << 3; k += 16, from += 64) {
      const p = v128.load(from), q = v128.load(from, 16), r = v128.load(from, 32), s = v128.load(from, 48);
      v128.store(a + k, v128.shuffle<f64>(p, r, 0, 2));
      v128.store(b + k, v128.shuffle<f64>(p, r, 1, 3));
      v128.store(c + k, v128.shuffle<f64>(q, s, 0, 2));
      v128.store(d + k, v128.shuffle<f64>(q, s, 1, 3));
    }
  }
}

@inline function copy4(from: usize, to: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
}

// Panels of 4 columns of b (n x cols), and back.
function packColumns(b: usize, stride: usize, n: i32, cols: i32, out: usize): void {
  for (let j = 0; j < cols; j += 4) {
    let from = at(b, j);
    for (let k = 0; k < n; k++, from += stride, out += 32) copy4(from, out);
  }
}

function unpackColumns(from: usize, n: i32, cols: i32, b: usize, stride: usize): void {
  for (let j = 0; j < cols; j += 4) {
    let to = at(b, j);
    for (let k = 0; k < n; k++, to += stride, from += 32) copy4(from, to);
  }
}

// c (rows x cols) -= p q, by panels of n numbers a line
function subtractAll(c: usize, stride: usize, p: usize, rows: i32, q: usize, cols: i32, n: i32): void {
  for (let i = 0; i < rows; i += 4, c += stride << 2)
    for (let j = 0; j < cols; j += 4) subtract(at(c, j), stride, panel(p, i, n), panel(q, j, n), n);
}

// Lines j .. j + 3 of the column panel x become those of the solution of T X = B; t is the panel of T's rows j .. j + 3.
function forward(x: usize, t: usize, j: i32, unit: bool): void {
  const lines = x + (<usize>j << 5), corner = t + (<usize>j << 5);
  subtract(lines, 32, t, x, j);
  for (let c = 0; c < 4; c++) {
    const line = lines + (<usize>c << 5);
    let low = v128.load(line), high = v128.load(line, 16);
    for (let d = 0; d < c; d++) {
      const f = v128.load64_splat(at(corner, 4 * d + c)), solved = lines + (<usize>d << 5);
      low = minus(low, f, v128.load(solved));
      high = minus(high, f, v128.load(solved, 16));
    }
    if (!unit) {
      const pivot = v128.load64_splat(at(corner, 5 * c));
      low = f64x2.div(low, pivot);
      high = f64x2.div(high, pivot);
    }
    v128.store(line, low);
    v128.store(line, high, 16);
  }
}

// The same for upper T, from the last lines of n up.
function backward(x: usize, t: usize, j: i32, n: i32): void {
  const lines = x + (<usize>j << 5), corner = t + (<usize>j << 5);
  subtract(lines, 32, corner + 128, lines + 128, n - j - 4);
  for (let c = 3; c >= 0; c--) {
    const line = lines + (<usize>c << 5);
    let low = v128.load(line), high = v128.load(line, 16);
    for (let d = c + 1; d < 4; d++) {
      const f = v128.load64_splat(at(corner, 4 * d + c)), solved = lines + (<usize>d << 5);
      low = minus(low, f, v128.load(solved));
      high = minus(high, f, v128.load(solved, 16));
    }
    const pivot = v128.load64_splat(at(corner, 5 * c));
    v128.store(line, f64x2.div(low, pivot));
    v128.store(line, f64x2.div(high, pivot), 16);
  }
}

// Cholesky of the 4 x 4 block at line j of its own panel; the first pivot that is not positive, or 4.
function corner4(p: usize, j: i32): i32 {
  const corner = p + (<usize>j << 5);
  subtract(corner, 32, p, p, j);
  for (let d = 0; d < 4; d++) {
    const line = at(corner, 4 * d);
    const pivot = load<f64>(at(line, d));
    if (!(pivot > 0)) return d;
    const root = sqrt<f64>(pivot);
    store<f64>(at(line, d), root);
    for (let c = d + 1; c < 4; c++) store<f64>(at(line, c), load<f64>(at(line, c)) / root);
    for (let e = d + 1; e < 4; e++) {
      for (let c = e; c < 4; c++) {
        const entry = at(corner, 4 * e + c);
        store<f64>(entry, load<f64>(entry) - load<f64>(at(line, e)) * load<f64>(at(line, c)));
      }
    }
  }
  return 4;
}

// src/cholesky.ts: L on and below the diagonal. Returns n, or the first row with a pivot that is not positive, which goes to
// `panels` (n WIDTH entries).
export function cholesky(a: usize, n: i32, stride: usize, panels: usize): i32 {
  for (let k = 0; k < n; k += WIDTH) {
    const width = min(WIDTH, n - k), rows = n - k;
    const block = at(row(a, k, stride), k);
    pack(block, stride, rows, width, panels);
    for (let j = 0; j < width; j += 4) {
      const p = panel(panels, j, width);
      const good = corner4(p, j);
      if (good < 4) {
        store<f64>(panels, load<f64>(at(p, 4 * j + 5 * good)));
        return k + j + good;
      }
      for (let i = j + 4; i < width; i += 4) forward(panel(panels, i, width), p, j, false);
    }
    for (let i = width; i < rows; i += 4)
      for (let j = 0; j < width; j += 4) forward(panel(panels, i, width), panel(panels, j, width), j, false);
    unpack(panels, rows, width, block, stride);
    for (let i = width; i < rows; i += 4)
      subtractAll(at(row(block, i, stride), width), stride, panel(panels, i, width), 4, panel(panels, width, width), i - width + 4, width);
  }
  return n;
}

// src/solve-triangular.ts: b (n x cols) becomes the solution of T X = B. `panels` holds (n + cols) WIDTH entries.
export function solveLower(t: usize, n: i32, stride: usize, b: usize, cols: i32, strideB: usize, panels: usize): void {
  const xs = panel(panels, n, WIDTH);
  for (let k = 0; k < n; k += WIDTH) {
    const width = min(WIDTH, n - k);
    const top = row(b, k, strideB);
    pack(at(row(t, k, stride), k), stride, n - k, width, panels);
    packColumns(top, strideB, width, cols, xs);
    for (let i = 0; i < cols; i += 4)
      for (let j = 0; j < width; j += 4) forward(panel(xs, i, width), panel(panels, j, width), j, false);
    unpackColumns(xs, width, cols, top, strideB);
    subtractAll(row(top, width, strideB), strideB, panel(panels, width, width), n - k - width, xs, cols, width);
  }
}

export function solveUpper(t: usize, n: i32, stride: usize, b: usize, cols: i32, strideB: usize, panels: usize): void {
  const xs = panel(panels, n, WIDTH);
  for (let end = n; end > 0; ) {
    const width = min(WIDTH, end), k = end - width;
    const top = row(b, k, strideB);
    pack(at(t, k), stride, end, width, panels);
    packColumns(top, strideB, width, cols, xs);
    for (let i = 0; i < cols; i += 4)
      for (let j = width - 4; j >= 0; j -= 4) backward(panel(xs, i, width), panel(panels, k + j, width), j, width);
    unpackColumns(xs, width, cols, top, strideB);
    subtractAll(b, strideB, panels, k, xs, cols, width);
    end = k;
  }
}

function swapRows(p: usize, q: usize, n: i32): void {
  for (let k: usize = 0; k < <usize>n << 3; k += 16) {
    const held = v128.load(p + k);
    v128.store(p + k, v128.load(q + k));
    v128.store(q + k, held);
  }
}

// The columns k .. k + width of the elimination, unblocked, with the rows swapped whole. False when a pivot is 0.
function eliminate(a: usize, n: i32, cols: i32, k: i32, width: i32, order: usize): i32 {
  const stride = <usize>cols << 3;
  for (let j = k; j < k + width; j++) {
    let best = j;
    let largest: f64 = 0;
    for (let i = j; i < n; i++) {
      const value = abs(load<f64>(at(row(a, i, stride), j)));
      if (value > largest) {
        largest = value;
        best = i;
      }
    }
    if (largest == 0) return j;
    store<i32>(order + (<usize>j << 2), best);
    if (best != j) swapRows(row(a, j, stride), row(a, best, stride), cols);
    const from = at(row(a, j, stride), j);
    const pivot = load<f64>(from);
    const last = k + width - j;
    for (let i = j + 1; i < n; i++) {
      const to = at(row(a, i, stride), j);
      const f = load<f64>(to) / pivot;
      store<f64>(to, f);
      if (f == 0) continue;
      let c = 1;
      const ff = f64x2.splat(f);
      for (; c + 2 <= last; c += 2) v128.store(at(to, c), minus(v128.load(at(to, c)), ff, v128.load(at(from, c))));
      if (c < last) store<f64>(at(to, c), load<f64>(at(to, c)) - f * load<f64>(at(from, c)));
    }
  }
  return k + width;
}

// src/lu.ts: the first n columns of a (n x cols) become L and U, row j swapped with row order[j] in turn; the others are
// swapped and multiplied by the inverse of L along. Returns n, or the first column without a pivot. `panels` holds
// (n + cols) WIDTH entries.
export function lu(a: usize, n: i32, cols: i32, order: usize, panels: usize): i32 {
  const stride = <usize>cols << 3;
  const right = panel(panels, n, WIDTH);
  for (let k = 0; k < n; k += WIDTH) {
    const width = min(WIDTH, n - k), rest = cols - k - width;
    const done = eliminate(a, n, cols, k, width, order);
    if (done < k + width) return done;
    const block = at(row(a, k, stride), k);
    pack(block, stride, n - k, width, panels);
    packColumns(at(block, width), stride, width, rest, right);
    for (let i = 0; i < rest; i += 4)
      for (let j = 0; j < width; j += 4) forward(panel(right, i, width), panel(panels, j, width), j, true);
    unpackColumns(right, width, rest, at(block, width), stride);
    subtractAll(at(row(block, width, stride), width), stride, panel(panels, width, width), n - k - width, right, rest, width);
  }
  return n;
}
