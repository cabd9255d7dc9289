// A module of its own, so that who converts files loads no linear algebra: statistics/extent.ts, rounding/affine-codes.ts,
// rounding/float16-bits.ts, selection/magnitude-counts.ts, selection/magnitude-pieces.ts. Data comes in whole vectors but for `n`; what
// is behind `n` up to a multiple of 16 entries may be read and written.

@inline function leastOf(v: v128): f32 {
  return min(
    min(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    min(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

@inline function mostOf(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

@inline function sumOf(counts: v128): i32 {
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  );
}

// Zeros and, as float32, the least and the greatest entry to `out`; returns whether an entry is not finite, when these mean nothing.
export function extent(p: usize, n: i32, out: usize): bool {
  const zero = f32x4.splat(0);
  let least = f32x4.splat(Infinity), most = f32x4.splat(-Infinity), zeros = i32x4.splat(0);
  let least2 = least, most2 = most, zeros2 = zeros;
  let bad = zeros, bad2 = zeros;
  let i = 0;
  for (; i + 8 <= n; i += 8, p += 32) {
    const x = v128.load(p), y = v128.load(p, 16);
    least = f32x4.pmin(least, x);
    least2 = f32x4.pmin(least2, y);
    most = f32x4.pmax(most, x);
    most2 = f32x4.pmax(most2, y);
    zeros = i32x4.sub(zeros, f32x4.eq(x, zero));
    zeros2 = i32x4.sub(zeros2, f32x4.eq(y, zero));
    bad = v128.or(bad, f32x4.ne(f32x4.sub(x, x), zero));
    bad2 = v128.or(bad2, f32x4.ne(f32x4.sub(y, y), zero));
  }
  let low = min(leastOf(least), leastOf(least2)), high = max(mostOf(most), mostOf(most2));
  let count = sumOf(zeros) + sumOf(zeros2);
  let found = v128.any_true(v128.or(bad, bad2));
  for (; i < n; i++, p += 4) {
    const x = load<f32>(p);
    if (x - x != 0) found = true;
    low = min(low, x);
    high = max(high, x);
    count += i32(x == 0);
  }
  store<i32>(out, count);
  store<f32>(out, low, 4);
  store<f32>(out, high, 8);
  return found;
}

// Added to a float32 from 0 up to 2^23 it leaves that rounded to an integer, halves to even, in the last bits.
const ROUND: f32 = 8388608;

@inline function codes4(p: usize, low: v128, high: v128, step: v128): v128 {
  const x = f32x4.pmin(f32x4.pmax(low, v128.load(p)), high);
  return f32x4.add(f32x4.div(f32x4.sub(x, low), step), f32x4.splat(ROUND));
}

// round((clip(x, low, high) - low) / step), each step in float32, in `bytes` bytes each.
export function codes32(p: usize, n: i32, low: f32, high: f32, step: f32, bytes: i32, out: usize): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high), steps = f32x4.splat(step);
  if (bytes == 1) {
    const last = i32x4.splat(0xff);
    for (let i = 0; i < n; i += 16, p += 64, out += 16) {
      const a = v128.and(codes4(p, lows, highs, steps), last);
      const b = v128.and(codes4(p + 16, lows, highs, steps), last);
      const c = v128.and(codes4(p + 32, lows, highs, steps), last);
      const d = v128.and(codes4(p + 48, lows, highs, steps), last);
      v128.store(out, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
    }
    return;
  }
  const last = i32x4.splat(0xffff);
  for (let i = 0; i < n; i += 8, p += 32, out += 16) {
    const a = v128.and(codes4(p, lows, highs, steps), last);
    const b = v128.and(codes4(p + 16, lows, highs, steps), last);
    v128.store(out, i16x8.narrow_i32x4_u(a, b));
  }
}

// 2^52, which does the same for a float64.
const ROUND64: f64 = 4503599627370496;

@inline function codes2(x: v128, low: v128, high: v128, step: v128): v128 {
  const inside = f64x2.pmin(f64x2.pmax(low, f64x2.promote_low_f32x4(x)), high);
  return f64x2.add(f64x2.div(f64x2.sub(inside, low), step), f64x2.splat(ROUND64));
}

@inline function wideCodes4(p: usize, low: v128, high: v128, step: v128): v128 {
  const x = v128.load(p);
  const first = codes2(x, low, high, step);
  const second = codes2(v128.shuffle<f64>(x, x, 1, 1), low, high, step);
  return v128.shuffle<f32>(first, second, 0, 2, 4, 6);
}

// The same, each step in float64.
export function codes64(p: usize, n: i32, low: f64, high: f64, step: f64, bytes: i32, out: usize): void {
  const lows = f64x2.splat(low), highs = f64x2.splat(high), steps = f64x2.splat(step);
  const last = i32x4.splat(bytes == 1 ? 0xff : 0xffff);
  for (let i = 0; i < n; i += 8, p += 32) {
    const a = v128.and(wideCodes4(p, lows, highs, steps), last);
    const b = v128.and(wideCodes4(p + 16, lows, highs, steps), last);
    const both = i16x8.narrow_i32x4_u(a, b);
    if (bytes == 2) {
      v128.store(out, both);
      out += 16;
    } else {
      v128.store64_lane(out, i8x16.narrow_i16x8_u(both, both), 0);
      out += 8;
    }
  }
}

// The bits of the nearest float16 of four float32, halves to even, in the lower half of each word with the sign above it.
@inline function half4(word: v128): v128 {
  const sign = v128.and(word, i32x4.splat(0x80000000));
  const size = v128.xor(word, sign);
  // Below 2^-14: the addition of 2^-1 leaves the mantissa's last bit at 2^-24, and rounds.
  const magic = i32x4.splat((126 << 23));
  const small = i32x4.sub(f32x4.add(size, magic), magic);
  // From there on: the exponent's bias moves from 127 to 15, 13 bits go; a carry goes up into the exponent.
  const odd = v128.and(i32x4.shr_u(size, 13), i32x4.splat(1));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(size, i32x4.splat(0xfff - (112 << 23))), odd), 13);
  const plain = v128.bitselect(small, normal, i32x4.lt_s(size, i32x4.splat(113 << 23)));
  const nan = v128.and(i32x4.gt_s(size, i32x4.splat(0x7f800000)), i32x4.splat(0x200));
  const special = v128.or(nan, i32x4.splat(0x7c00));
  const found = v128.bitselect(special, plain, i32x4.ge_s(size, i32x4.splat(143 << 23)));
  return v128.or(found, i32x4.shr_s(sign, 16));
}

// How far a size is above 2^-14 in steps of float32, unsigned: what is below is far above.
@inline function above(word: v128): v128 {
  return i32x4.sub(v128.and(word, i32x4.splat(0x7fffffff)), i32x4.splat(113 << 23));
}

// The rounded word's bits 13 to 28 in the lower half, sign-extended, so that nothing is lost when they are narrowed.
@inline function middle(word: v128): v128 {
  const odd = v128.and(i32x4.shr_u(word, 13), i32x4.splat(1));
  return i32x4.shr_s(i32x4.shl(i32x4.add(i32x4.add(word, i32x4.splat(0xfff)), odd), 3), 16);
}

// Of sizes from 2^-14 up to 2^16 the exponent's bias and the mantissa's length are all that changes. Six bits of the exponent are
// there, and moved by 112 modulo 64 the uppermost of them is 0, where the sign goes.
@inline function normalHalf8(x: v128, y: v128): v128 {
  const size = i16x8.sub(i16x8.narrow_i32x4_s(middle(x), middle(y)), i16x8.splat(<i16>(48 << 10)));
  const sign = i16x8.narrow_i32x4_s(i32x4.shr_s(x, 16), i32x4.shr_s(y, 16));
  return v128.or(size, v128.and(sign, i16x8.splat(-32768)));
}

// Rare and long: called, so that the module stays small.
function anyHalf8(x: v128, y: v128, out: usize): void {
  v128.store(out, i16x8.narrow_i32x4_s(half4(x), half4(y)));
}

export function halves(p: usize, n: i32, out: usize): void {
  for (let i = 0; i < n; i += 16, p += 64, out += 32) {
    const x = v128.load(p), y = v128.load(p, 16), z = v128.load(p, 32), w = v128.load(p, 48);
    const most = i32x4.max_u(i32x4.max_u(above(x), above(y)), i32x4.max_u(above(z), above(w)));
    if (!v128.any_true(i32x4.gt_u(most, i32x4.splat((30 << 23) - 1)))) {
      v128.store(out, normalHalf8(x, y));
      v128.store(out, normalHalf8(z, w), 16);
    } else {
      anyHalf8(x, y, out);
      anyHalf8(z, w, out + 16);
    }
  }
}

@inline function bump(counts: usize, word: u32): void {
  const slot = counts + (<usize>((word >>> 16) & 0x7fff) << 2);
  store<u32>(slot, load<u32>(slot) + 1);
}

// Counts the upper 15 bits of magnitudes.
export function countUpper(p: usize, n: i32, counts: usize): void {
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 16) {
    bump(counts, load<u32>(p));
    bump(counts, load<u32>(p, 4));
    bump(counts, load<u32>(p, 8));
    bump(counts, load<u32>(p, 12));
  }
  for (; i < n; i++, p += 4) bump(counts, load<u32>(p));
}

@inline function bumpLower(counts: usize, word: u32): void {
  const slot = counts + (<usize>(word & 0xffff) << 2);
  store<u32>(slot, load<u32>(slot) + 1);
}

// Counts the lower 16 bits of magnitudes whose upper 15 are `upper`.
export function countLower(p: usize, n: i32, upper: u32, counts: usize): void {
  const wanted = i32x4.splat(upper);
  const size = i32x4.splat(0x7fff);
  let i = 0;
  for (; i + 8 <= n; i += 8, p += 32) {
    const x = i32x4.eq(v128.and(i32x4.shr_u(v128.load(p), 16), size), wanted);
    const y = i32x4.eq(v128.and(i32x4.shr_u(v128.load(p, 16), 16), size), wanted);
    let lanes = i32x4.bitmask(x) | (i32x4.bitmask(y) << 4);
    for (; lanes; lanes &= lanes - 1) bumpLower(counts, load<u32>(p + (<usize>ctz(lanes) << 2)));
  }
  for (; i < n; i++, p += 4) {
    const word = load<u32>(p);
    if (((word >>> 16) & 0x7fff) == upper) bumpLower(counts, word);
  }
}

// How many magnitudes are below a bound, returned, and how many are at it, to `out`.
export function compare(p: usize, n: i32, bound: u32, out: usize): i32 {
  const bounds = i32x4.splat(bound), size = i32x4.splat(0x7fffffff);
  let below = i32x4.splat(0), at = below;
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 16) {
    const x = v128.and(v128.load(p), size);
    below = i32x4.sub(below, i32x4.lt_s(x, bounds));
    at = i32x4.sub(at, i32x4.eq(x, bounds));
  }
  let under = sumOf(below), same = sumOf(at);
  for (; i < n; i++, p += 4) {
    const x = load<u32>(p) & 0x7fffffff;
    under += i32(x < bound);
    same += i32(x == bound);
  }
  store<i32>(out, same);
  return under;
}

// +0 in place of magnitudes below a bound and of those at it but for the first `ties`; returns the ties left.
export function zeroSmaller(p: usize, n: i32, bound: u32, ties: i32): i32 {
  const bounds = i32x4.splat(bound), size = i32x4.splat(0x7fffffff);
  for (let i = 0; i < n; ) {
    if (i + 8 <= n) {
      const x = v128.load(p), y = v128.load(p, 16);
      const a = v128.and(x, size), b = v128.and(y, size);
      if (ties == 0 || !v128.any_true(v128.or(i32x4.eq(a, bounds), i32x4.eq(b, bounds)))) {
        v128.store(p, v128.and(x, i32x4.gt_s(a, bounds)));
        v128.store(p, v128.and(y, i32x4.gt_s(b, bounds)), 16);
        i += 8;
        p += 32;
        continue;
      }
    }
    for (const end = min(i + 8, n); i < end; i++, p += 4) {
      const word = load<u32>(p);
      const value = word & 0x7fffffff;
      const tie = i32(value == bound) & i32(ties > 0);
      ties -= tie;
      store<u32>(p, word & -(i32(value > bound) | tie));
    }
  }
  return ties;
}
