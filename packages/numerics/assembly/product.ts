// Float64, row-major; pointers and strides `l*` of products are in bytes, `ld` of matrices and sizes in entries.

@inline export function at(p: usize, i: i32): usize { return p + (<usize>i << 3); }
@inline export function sum2(a: v128): f64 { return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1); }

// q += f p
@inline export function axpy(f: f64, p: usize, q: usize, n: i32): void {
  const ff = f64x2.splat(f);
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 32, q += 32) {
    v128.store(q, f64x2.add(v128.load(q), f64x2.mul(ff, v128.load(p))));
    v128.store(q, f64x2.add(v128.load(q, 16), f64x2.mul(ff, v128.load(p, 16))), 16);
  }
  for (; i < n; i++, p += 8, q += 8) store<f64>(q, load<f64>(q) + f * load<f64>(p));
}

// q += f0 p0 + f1 p1 + f2 p2 + f3 p3, rows `stride` bytes apart
@inline export function axpy4(f: usize, p: usize, stride: usize, q: usize, n: i32): void {
  const f0 = v128.load64_splat(f), f1 = v128.load64_splat(f, 8), f2 = v128.load64_splat(f, 16), f3 = v128.load64_splat(f, 24);
  const p1 = p + stride, p2 = p1 + stride, p3 = p2 + stride;
  let i = 0;
  let k: usize = 0;
  for (; i + 4 <= n; i += 4, k += 32) {
    const a = f64x2.add(f64x2.mul(f0, v128.load(p + k)), f64x2.mul(f1, v128.load(p1 + k)));
    const b = f64x2.add(f64x2.mul(f2, v128.load(p2 + k)), f64x2.mul(f3, v128.load(p3 + k)));
    const c = f64x2.add(f64x2.mul(f0, v128.load(p + k, 16)), f64x2.mul(f1, v128.load(p1 + k, 16)));
    const d = f64x2.add(f64x2.mul(f2, v128.load(p2 + k, 16)), f64x2.mul(f3, v128.load(p3 + k, 16)));
    v128.store(q + k, f64x2.add(v128.load(q + k), f64x2.add(a, b)));
    v128.store(q + k, f64x2.add(v128.load(q + k, 16), f64x2.add(c, d)), 16);
  }
  for (; i < n; i++, k += 8) {
    const a = load<f64>(f) * load<f64>(p + k) + load<f64>(f, 8) * load<f64>(p1 + k);
    const b = load<f64>(f, 16) * load<f64>(p2 + k) + load<f64>(f, 24) * load<f64>(p3 + k);
    store<f64>(q + k, load<f64>(q + k) + (a + b));
  }
}

// q += sum of f_i times row i of p, rows `stride` bytes apart
export function combine(f: usize, p: usize, stride: usize, q: usize, rows: i32, n: i32): void {
  let i = 0;
  for (; i + 4 <= rows; i += 4, f += 32, p += stride << 2) axpy4(f, p, stride, q, n);
  for (; i < rows; i++, f += 8, p += stride) axpy(load<f64>(f), p, q, n);
}

@inline export function dot(p: usize, q: usize, n: i32): f64 {
  let s = f64x2.splat(0), t = s;
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 32, q += 32) {
    s = f64x2.add(s, f64x2.mul(v128.load(p), v128.load(q)));
    t = f64x2.add(t, f64x2.mul(v128.load(p, 16), v128.load(q, 16)));
  }
  let sum = sum2(f64x2.add(s, t));
  for (; i < n; i++, p += 8, q += 8) sum += load<f64>(p) * load<f64>(q);
  return sum;
}

// z_i += row i of p times q, rows `stride` bytes apart
export function project(p: usize, stride: usize, q: usize, z: usize, rows: i32, n: i32): void {
  let i = 0;
  for (; i + 4 <= rows; i += 4, p += stride << 2, z += 32) {
    const p1 = p + stride, p2 = p1 + stride, p3 = p2 + stride;
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let j = 0;
    let k: usize = 0;
    for (; j + 4 <= n; j += 4, k += 32) {
      let x = v128.load(q + k);
      s0 = f64x2.add(s0, f64x2.mul(x, v128.load(p + k)));
      s1 = f64x2.add(s1, f64x2.mul(x, v128.load(p1 + k)));
      s2 = f64x2.add(s2, f64x2.mul(x, v128.load(p2 + k)));
      s3 = f64x2.add(s3, f64x2.mul(x, v128.load(p3 + k)));
      x = v128.load(q + k, 16);
      s0 = f64x2.add(s0, f64x2.mul(x, v128.load(p + k, 16)));
      s1 = f64x2.add(s1, f64x2.mul(x, v128.load(p1 + k, 16)));
      s2 = f64x2.add(s2, f64x2.mul(x, v128.load(p2 + k, 16)));
      s3 = f64x2.add(s3, f64x2.mul(x, v128.load(p3 + k, 16)));
    }
    let a = f64x2.add(v128.shuffle<f64>(s0, s1, 0, 2), v128.shuffle<f64>(s0, s1, 1, 3));
    let b = f64x2.add(v128.shuffle<f64>(s2, s3, 0, 2), v128.shuffle<f64>(s2, s3, 1, 3));
    for (; j < n; j++, k += 8) {
      const x = v128.load64_splat(q + k);
      a = f64x2.add(a, f64x2.mul(x, f64x2.replace_lane(v128.load64_splat(p + k), 1, load<f64>(p1 + k))));
      b = f64x2.add(b, f64x2.mul(x, f64x2.replace_lane(v128.load64_splat(p2 + k), 1, load<f64>(p3 + k))));
    }
    v128.store(z, f64x2.add(v128.load(z), a));
    v128.store(z, f64x2.add(v128.load(z, 16), b), 16);
  }
  for (; i < rows; i++, p += stride, z += 8) store<f64>(z, load<f64>(z) + dot(p, q, n));
}

// Rows of r in strips of four columns, one strip after the other, the last one filled with zeros.
function pack(r: usize, ldr: usize, k: i32, n: i32, out: usize): void {
  for (let j = 0; j < n; j += 4, r += 32) {
    let p = r;
    const width = n - j;
    for (let i = 0; i < k; i++, p += ldr, out += 32) {
      if (width >= 4) {
        v128.store(out, v128.load(p));
        v128.store(out, v128.load(p, 16), 16);
      } else {
        for (let c = 0; c < 4; c++) store<f64>(at(out, c), c < width ? load<f64>(at(p, c)) : 0);
      }
    }
  }
}

@inline function addRow(c: usize, sign: v128, a: v128, b: v128, width: i32): void {
  a = f64x2.mul(sign, a);
  b = f64x2.mul(sign, b);
  if (width >= 4) {
    v128.store(c, f64x2.add(v128.load(c), a));
    v128.store(c, f64x2.add(v128.load(c, 16), b), 16);
    return;
  }
  store<f64>(c, load<f64>(c) + f64x2.extract_lane(a, 0));
  if (width > 1) store<f64>(c, load<f64>(c, 8) + f64x2.extract_lane(a, 1), 8);
  if (width > 2) store<f64>(c, load<f64>(c, 16) + f64x2.extract_lane(b, 0), 16);
}

// Four rows by one packed strip.
@inline function tile(l: usize, lr: usize, lp: usize, r: usize, k: i32, c: usize, ldc: usize, sign: v128, width: i32): void {
  let a0 = f64x2.splat(0), b0 = a0, a1 = a0, b1 = a0, a2 = a0, b2 = a0, a3 = a0, b3 = a0;
  let l1 = l + lr, l2 = l1 + lr, l3 = l2 + lr;
  const end = r + (<usize>k << 5);
  while (r < end) {
    const x = v128.load(r), y = v128.load(r, 16);
    let f = v128.load64_splat(l);
    a0 = f64x2.add(a0, f64x2.mul(f, x));
    b0 = f64x2.add(b0, f64x2.mul(f, y));
    f = v128.load64_splat(l1);
    a1 = f64x2.add(a1, f64x2.mul(f, x));
    b1 = f64x2.add(b1, f64x2.mul(f, y));
    f = v128.load64_splat(l2);
    a2 = f64x2.add(a2, f64x2.mul(f, x));
    b2 = f64x2.add(b2, f64x2.mul(f, y));
    f = v128.load64_splat(l3);
    a3 = f64x2.add(a3, f64x2.mul(f, x));
    b3 = f64x2.add(b3, f64x2.mul(f, y));
    r += 32;
    l += lp;
    l1 += lp;
    l2 += lp;
    l3 += lp;
  }
  addRow(c, sign, a0, b0, width);
  addRow(c + ldc, sign, a1, b1, width);
  addRow(c + 2 * ldc, sign, a2, b2, width);
  addRow(c + 3 * ldc, sign, a3, b3, width);
}

@inline function line(l: usize, lp: usize, r: usize, k: i32, c: usize, sign: v128, width: i32): void {
  let a = f64x2.splat(0), b = a;
  for (let i = 0; i < k; i++, r += 32, l += lp) {
    const f = v128.load64_splat(l);
    a = f64x2.add(a, f64x2.mul(f, v128.load(r)));
    b = f64x2.add(b, f64x2.mul(f, v128.load(r, 16)));
  }
  addRow(c, sign, a, b, width);
}

const DEPTH = 64;
const BAND = 32;

// c (m x n) += sign l r with l (m x k) at l + row lr + column lp and r (k x n) by rows; `room` holds 64 (n + 4) entries.
export function multiply(
  c: usize, ldc: usize, l: usize, lr: usize, lp: usize, r: usize, ldr: usize, m: i32, n: i32, k: i32, sign: f64, room: usize,
): void {
  const signs = f64x2.splat(sign);
  for (let p = 0; p < k; p += DEPTH, l += DEPTH * lp, r += DEPTH * ldr) {
    const depth = min(DEPTH, k - p);
    pack(r, ldr, depth, n, room);
    for (let band = 0; band < m; band += BAND) {
      const stop = min(m, band + BAND);
      for (let j = 0; j < n; j += 4) {
        const strip = at(room, j * depth);
        let i = band;
        for (; i + 4 <= stop; i += 4) tile(l + <usize>i * lr, lr, lp, strip, depth, at(c + <usize>i * ldc, j), ldc, signs, n - j);
        for (; i < stop; i++) line(l + <usize>i * lr, lp, strip, depth, at(c + <usize>i * ldc, j), signs, n - j);
      }
    }
  }
}
