// src/histogram.ts in float64. `outside` holds below, above and nonFinite as float64.

@inline function count<T>(p: usize, n: i32, bins: i32, edges: usize, counts: usize, outside: usize): void {
  const low = load<f64>(edges);
  const high = load<f64>(edges + (<usize>bins << 3));
  const width = high - low;
  const scale = <f64>bins;
  const end = p + <usize>n * sizeof<T>();
  for (; p < end; p += sizeof<T>()) {
    const value = <f64>load<T>(p);
    if (value >= low && value <= high) {
      let bin = <i32>(((value - low) / width) * scale);
      bin -= i32(bin == bins);
      const edge = edges + (<usize>bin << 3);
      if (value < load<f64>(edge)) bin--;
      else if (bin != bins - 1 && value >= load<f64>(edge, 8)) bin++;
      add(counts, bin);
    } else {
      const slot = outside + (value - value != 0 ? 16 : value < low ? 0 : 8);
      store<f64>(slot, load<f64>(slot) + 1);
    }
  }
}

@inline function add(counts: usize, bin: i32): void {
  const slot = counts + (<usize>bin << 2);
  store<u32>(slot, load<u32>(slot) + 1);
}

// Up to here `counts` are four rows, whose sums are the counts: neighbors in a vector do not wait for each other's count.
const MOST_FAST_BINS = 4096;
// Plus a float32 below 2^22 it is that float32 rounded to an integer, in its last bits.
const ROUND: f32 = 1.5 * 8388608;

/*
 * Four at a time where float32 is enough to tell the bin: t = (value - low) bins / width is off by at most
 * 2^-24 bins (5 + M / width), M the larger of |low| and |high|, and the rounded edges by much less. An entry whose t is
 * nearer to an integer than `doubt`, or that is outside or not finite, is counted by the exact rule.
 */
export function count32(p: usize, n: i32, bins: i32, edges: usize, counts: usize, outside: usize): void {
  const low = load<f64>(edges);
  const high = load<f64>(edges + (<usize>bins << 3));
  const perBin = <f32>(<f64>bins / (high - low));
  const doubt = <f64>bins * (8 + 2 * max(abs(low), abs(high)) / (high - low)) * 2 ** -24;
  if (bins > MOST_FAST_BINS || !(doubt < 0.25) || !(perBin >= 2 ** -126)) {
    count<f32>(p, n, bins, edges, counts, outside);
    return;
  }
  const lows = f32x4.splat(<f32>low);
  const scale = f32x4.splat(perBin);
  const sure = f32x4.splat(<f32>(0.5 - doubt));
  const all = i32x4.splat(bins);
  const row = <usize>bins << 2;
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 16) {
    const t = f32x4.sub(f32x4.mul(f32x4.sub(v128.load(p), lows), scale), f32x4.splat(0.5));
    const rounded = f32x4.add(t, f32x4.splat(ROUND));
    const bin = i32x4.sub(rounded, i32x4.splat(0x4b400000));
    const distance = f32x4.abs(f32x4.sub(t, f32x4.sub(rounded, f32x4.splat(ROUND))));
    if (i32x4.all_true(v128.and(f32x4.lt(distance, sure), i32x4.lt_u(bin, all)))) {
      add(counts, i32x4.extract_lane(bin, 0));
      add(counts + row, i32x4.extract_lane(bin, 1));
      add(counts + 2 * row, i32x4.extract_lane(bin, 2));
      add(counts + 3 * row, i32x4.extract_lane(bin, 3));
    } else {
      count<f32>(p, 4, bins, edges, counts, outside);
    }
  }
  count<f32>(p, n - i, bins, edges, counts, outside);
}

export function count64(p: usize, n: i32, bins: i32, edges: usize, counts: usize, outside: usize): void {
  count<f64>(p, n, bins, edges, counts, outside);
}

// Least and greatest finite entry, lowered into the two float64 at `out`.
@inline function range<T>(p: usize, n: i32, out: usize): void {
  let least = load<f64>(out), most = load<f64>(out, 8);
  const end = p + <usize>n * sizeof<T>();
  for (; p < end; p += sizeof<T>()) {
    const value = <f64>load<T>(p);
    if (value - value == 0) {
      least = value < least ? value : least;
      most = value > most ? value : most;
    }
  }
  store<f64>(out, least);
  store<f64>(out, most, 8);
}

export function range32(p: usize, n: i32, out: usize): void {
  const infinite = f32x4.splat(f32.POSITIVE_INFINITY);
  let least = infinite, most = f32x4.neg(infinite);
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 16) {
    const value = v128.load(p);
    const finite = f32x4.lt(f32x4.abs(value), infinite);
    least = f32x4.pmin(least, v128.bitselect(value, infinite, finite));
    most = f32x4.pmax(most, v128.bitselect(value, f32x4.neg(infinite), finite));
  }
  const low = min(
    min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1)),
    min(f32x4.extract_lane(least, 2), f32x4.extract_lane(least, 3)),
  );
  const high = max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
  store<f64>(out, min(load<f64>(out), <f64>low));
  store<f64>(out, max(load<f64>(out, 8), <f64>high), 8);
  range<f32>(p, n - i, out);
}
export function range64(p: usize, n: i32, out: usize): void { range<f64>(p, n, out); }
