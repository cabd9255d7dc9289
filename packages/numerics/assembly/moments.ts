// The sums of src/moments.ts over blocks. Per block, 10 float64 go to `out`: n or -1 when an entry is not finite (the
// caller then takes the block itself), mean, m2, m3, m4, min, max, l1, squares, zeros.

const FIELDS: usize = 80;

@inline function add2(a: v128): f64 { return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1); }
@inline function low(x: v128): v128 { return f64x2.promote_low_f32x4(x); }
@inline function high(x: v128): v128 { return f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1)); }

// Lane pairs of two values at a time, whatever the type of the data.
@inline function load2<T>(p: usize): v128 {
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(p));
  return v128.load(p);
}

@inline function block<T>(p: usize, n: i32, out: usize): void {
  const step: usize = sizeof<T>() << 1;
  const pairs = n >> 1;
  let sum = f64x2.splat(0), l1 = sum, squares = sum, bad = sum;
  let least = f64x2.splat(Infinity), most = f64x2.splat(-Infinity), zeros = i64x2.splat(0);
  let q = p;
  for (let i = 0; i < pairs; i++, q += step) {
    const x = load2<T>(q);
    bad = v128.or(bad, f64x2.ne(f64x2.sub(x, x), f64x2.splat(0)));
    sum = f64x2.add(sum, x);
    l1 = f64x2.add(l1, f64x2.abs(x));
    squares = f64x2.add(squares, f64x2.mul(x, x));
    least = f64x2.pmin(least, x);
    most = f64x2.pmax(most, x);
    zeros = i64x2.sub(zeros, f64x2.eq(x, f64x2.splat(0)));
  }
  let total = add2(sum), absolute = add2(l1), square = add2(squares);
  let min = Math.min(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1));
  let max = Math.max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1));
  let zero = <f64>(i64x2.extract_lane(zeros, 0) + i64x2.extract_lane(zeros, 1));
  const odd = n & 1;
  const last: f64 = odd ? <f64>load<T>(q) : 0;
  if (v128.any_true(bad) || last - last != 0) {
    store<f64>(out, -1);
    return;
  }
  if (odd) {
    total += last;
    absolute += abs(last);
    square += last * last;
    min = Math.min(min, last);
    max = Math.max(max, last);
    if (last == 0) zero += 1;
  }
  let mean = total / n;
  const center = f64x2.splat(mean);
  let s1 = f64x2.splat(0), s2 = s1, s3 = s1, s4 = s1;
  q = p;
  for (let i = 0; i < pairs; i++, q += step) {
    const d = f64x2.sub(load2<T>(q), center);
    const dd = f64x2.mul(d, d);
    s1 = f64x2.add(s1, d);
    s2 = f64x2.add(s2, dd);
    s3 = f64x2.add(s3, f64x2.mul(dd, d));
    s4 = f64x2.add(s4, f64x2.mul(dd, dd));
  }
  let m1 = add2(s1), m2 = add2(s2), m3 = add2(s3), m4 = add2(s4);
  if (odd) {
    const d = last - mean, dd = d * d;
    m1 += d;
    m2 += dd;
    m3 += dd * d;
    m4 += dd * dd;
  }
  const e = m1 / n;
  mean += e;
  m4 -= 4 * e * m3;
  m3 -= 3 * e * m2;
  m2 -= e * m1;
  store<f64>(out, n);
  store<f64>(out, mean, 8);
  store<f64>(out, m2, 16);
  store<f64>(out, m3, 24);
  store<f64>(out, m4, 32);
  store<f64>(out, min, 40);
  store<f64>(out, max, 48);
  store<f64>(out, absolute, 56);
  store<f64>(out, square, 64);
  store<f64>(out, zero, 72);
}

export function blockSums32(p: usize, n: i32, size: i32, out: usize): void {
  for (let i = 0; i < n; i += size, out += FIELDS) block<f32>(p + (<usize>i << 2), min(size, n - i), out);
}

export function blockSums64(p: usize, n: i32, size: i32, out: usize): void {
  for (let i = 0; i < n; i += size, out += FIELDS) block<f64>(p + (<usize>i << 3), min(size, n - i), out);
}
