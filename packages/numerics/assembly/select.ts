// src/selection/: radix-select.ts, bracket.ts and mark.ts. `signed` is 1 for signed order, 0 for magnitudes. Data comes in whole vectors
// but for `n`: a last part is taken entry by entry.

@inline function key(word: u32, signed: bool): u32 {
  if (!signed) return word & 0x7fffffff;
  if (word == 0x80000000) return word;
  return word & 0x80000000 ? ~word : word | 0x80000000;
}

@inline function keys(word: v128, signed: bool): v128 {
  if (!signed) return v128.and(word, i32x4.splat(0x7fffffff));
  const sign = i32x4.splat(0x80000000);
  const flipped = v128.xor(word, v128.or(i32x4.shr_s(word, 31), sign));
  return v128.bitselect(sign, flipped, i32x4.eq(word, sign));
}

@inline function bump(counts: usize, digit: u32): void {
  const slot = counts + (<usize>digit << 2);
  store<u32>(slot, load<u32>(slot) + 1);
}

// Counts the top 11 bits; returns whether there is a NaN.
export function countDigits(p: usize, n: i32, signed: bool, counts: usize): bool {
  let bad = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 16) {
    const word = v128.load(p);
    bad = v128.or(bad, f32x4.ne(word, word));
    const digit = i32x4.shr_u(keys(word, signed), 21);
    bump(counts, i32x4.extract_lane(digit, 0));
    bump(counts, i32x4.extract_lane(digit, 1));
    bump(counts, i32x4.extract_lane(digit, 2));
    bump(counts, i32x4.extract_lane(digit, 3));
  }
  let found = v128.any_true(bad);
  for (; i < n; i++, p += 4) {
    const value = load<f32>(p);
    if (value != value) found = true;
    bump(counts, key(load<u32>(p), signed) >>> 21);
  }
  return found;
}

// Copies the words whose top 11 bits are `digit`; returns how many.
export function gatherDigit(p: usize, n: i32, signed: bool, digit: u32, out: usize): i32 {
  const wanted = i32x4.splat(digit);
  let q = out;
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 16) {
    const same = i32x4.eq(i32x4.shr_u(keys(v128.load(p), signed), 21), wanted);
    let lanes = i32x4.bitmask(same);
    for (; lanes; lanes &= lanes - 1, q += 4) store<u32>(q, load<u32>(p + (<usize>ctz(lanes) << 2)));
  }
  for (; i < n; i++, p += 4) {
    const word = load<u32>(p);
    if (key(word, signed) >>> 21 != digit) continue;
    store<u32>(q, word);
    q += 4;
  }
  return <i32>((q - out) >> 2);
}

// Keys less 2^31 in signed order, which SIMD compares in one instruction; magnitudes are as they are.
@inline function rank(word: u32, signed: bool): i32 {
  return signed ? <i32>(key(word, true) ^ 0x80000000) : <i32>(word & 0x7fffffff);
}

@inline function ranks(word: v128, signed: bool): v128 {
  if (!signed) return v128.and(word, i32x4.splat(0x7fffffff));
  const negative = i32x4.shr_u(i32x4.shr_s(word, 31), 1);
  return v128.andnot(v128.xor(word, negative), i32x4.eq(word, i32x4.splat(0x80000000)));
}

@inline function lanesOf(counts: v128): i32 {
  const pairs = i32x4.add(counts, i32x4.shuffle(counts, counts, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

// The places of the bytes of lanes that go to the front, for each of the 16 sets of lanes.
@inline function writeShuffles(table: usize): void {
  for (let set = 0; set < 16; set++) {
    let slot = table + (<usize>set << 4);
    for (let lanes = set; lanes; lanes &= lanes - 1, slot += 4) store<u32>(slot, 0x03020100 + 0x04040404 * ctz(lanes));
  }
}

// The loop of scanBracket, once for each order.
@inline function scan(p: usize, n: i32, signed: bool, low: u32, high: u32, out: usize, counters: usize): i32 {
  const sign: u32 = signed ? 0x80000000 : 0;
  const bottom = <i32>(low ^ sign);
  const top = <i32>(high ^ sign);
  const bottoms = i32x4.splat(bottom);
  const tops = i32x4.splat(top);
  const positive = i32x4.splat(0x7fffffff);
  const table = counters + 8;
  writeShuffles(table);
  let largest = i32x4.splat(0);
  let above = i32x4.splat(0);
  let q = out;
  let i = 0;
  // Without a branch: what lies between comes at random, and a wrong guess of the processor costs as much as 20 entries.
  for (; i + 4 <= n; i += 4, p += 16) {
    const word = v128.load(p);
    const value = ranks(word, signed);
    const over = i32x4.gt_s(value, tops);
    largest = i32x4.max_s(largest, signed ? v128.and(word, positive) : value);
    above = i32x4.sub(above, over);
    const lanes = i32x4.bitmask(v128.andnot(i32x4.gt_s(value, bottoms), over));
    v128.store(q, i8x16.swizzle(i32x4.sub(value, bottoms), v128.load(table + (<usize>lanes << 4))));
    q += <usize>popcnt(lanes) << 2;
  }
  let nans = i32(v128.any_true(i32x4.gt_s(largest, i32x4.splat(0x7f800000))));
  let over = lanesOf(above);
  for (; i < n; i++, p += 4) {
    const word = load<u32>(p);
    const value = rank(word, signed);
    nans |= i32((word & 0x7fffffff) > 0x7f800000);
    over += i32(value > top);
    if (value <= bottom || value > top) continue;
    store<u32>(q, value - bottom);
    q += 4;
  }
  store<i32>(counters, load<i32>(counters) + nans);
  store<i32>(counters + 4, load<i32>(counters + 4) + over);
  return <i32>((q - out) >> 2);
}

// Adds to the counters of NaN (any or none) and of keys above `high`, and writes how far those above `low` and up to `high` are above
// `low`; returns how many. Behind the two counters there is room for 64 words of its own.
export function scanBracket(p: usize, n: i32, signed: bool, low: u32, high: u32, out: usize, counters: usize): i32 {
  return signed ? scan(p, n, true, low, high, out, counters) : scan(p, n, false, low, high, out, counters);
}

// One byte per entry: 1 above the threshold and at the first `ties` entries equal to it; with `prune`, the others become +0 in
// place. Returns the ties left.
@inline function mark(p: usize, n: i32, signed: bool, threshold: u32, ties: i32, out: usize, prune: bool): i32 {
  const bound = <i32>(threshold ^ (signed ? 0x80000000 : 0));
  const bounds = i32x4.splat(bound);
  const ones = i8x16.splat(1);
  for (let i = 0; i < n; ) {
    if (i + 16 <= n) {
      const w0 = v128.load(p);
      const w1 = v128.load(p, 16);
      const w2 = v128.load(p, 32);
      const w3 = v128.load(p, 48);
      const r0 = ranks(w0, signed);
      const r1 = ranks(w1, signed);
      const r2 = ranks(w2, signed);
      const r3 = ranks(w3, signed);
      const equal = v128.or(
        v128.or(i32x4.eq(r0, bounds), i32x4.eq(r1, bounds)),
        v128.or(i32x4.eq(r2, bounds), i32x4.eq(r3, bounds)),
      );
      if (ties == 0 || !v128.any_true(equal)) {
        const k0 = i32x4.gt_s(r0, bounds);
        const k1 = i32x4.gt_s(r1, bounds);
        const k2 = i32x4.gt_s(r2, bounds);
        const k3 = i32x4.gt_s(r3, bounds);
        const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(k0, k1), i16x8.narrow_i32x4_s(k2, k3));
        v128.store(out, v128.and(bytes, ones));
        if (prune) {
          v128.store(p, v128.and(w0, k0));
          v128.store(p, v128.and(w1, k1), 16);
          v128.store(p, v128.and(w2, k2), 32);
          v128.store(p, v128.and(w3, k3), 48);
        }
        i += 16;
        p += 64;
        out += 16;
        continue;
      }
    }
    // One by one: a block with ties to give, and what is left at the end.
    for (const end = min(i + 16, n); i < end; i++, p += 4, out++) {
      const value = rank(load<u32>(p), signed);
      const tie = i32(value == bound) & i32(ties > 0);
      ties -= tie;
      const one = i32(value > bound) | tie;
      store<u8>(out, one);
      if (prune) store<u32>(p, load<u32>(p) & -one);
    }
  }
  return ties;
}

export function markLargest(p: usize, n: i32, signed: bool, threshold: u32, ties: i32, out: usize): i32 {
  return mark(p, n, signed, threshold, ties, out, false);
}

// Of magnitudes.
export function pruneSmallest(p: usize, n: i32, threshold: u32, ties: i32, out: usize): i32 {
  return mark(p, n, false, threshold, ties, out, true);
}
