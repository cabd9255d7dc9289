import { crc32, deflateRawSync } from 'node:zlib';

// As in npz files: 1980-01-01, so that the same files give the same bytes.
const DATE = 0x21;
const UTF8 = 0x0800;
/** Made by Unix, so that the rights of a file count: its owner writes, all read. */
const MADE_BY = 0x0314;
const RIGHTS = (0o100644 << 16) >>> 0;

function fields(...all) {
  const bytes = Buffer.alloc(all.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of all) {
    bytes.writeUIntLE(value, at, size);
    at += size;
  }
  return bytes;
}

/** A ZIP archive of `[{name, bytes}]`, deflated where that makes a file smaller. */
export function zipOf(files) {
  if (files.length > 0xfffe) throw new RangeError(`zipOf: files must be 65534 at most, got ${files.length}`);
  const [parts, directory] = [[], []];
  let offset = 0;
  for (const { name, bytes } of files) {
    const path = Buffer.from(name, 'utf8');
    const deflated = deflateRawSync(bytes, { level: 9 });
    const [method, data] = deflated.length < bytes.length ? [8, deflated] : [0, bytes];
    const common = fields(
      [2, 20],
      [2, UTF8],
      [2, method],
      [2, 0],
      [2, DATE],
      [4, crc32(bytes)],
      [4, data.length],
      [4, bytes.length],
      [2, path.length],
      [2, 0],
    );
    parts.push(fields([4, 0x04034b50]), common, path, data);
    const place = fields([2, 0], [2, 0], [2, 0], [4, RIGHTS], [4, offset]);
    directory.push(fields([4, 0x02014b50], [2, MADE_BY]), common, place, path);
    offset += 4 + common.length + path.length + data.length;
    if (offset >= 0xffffffff) throw new RangeError(`zipOf: files must have 4 GB at most together, got ${offset} bytes`);
  }
  const central = Buffer.concat(directory);
  const end = fields(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, files.length],
    [2, files.length],
    [4, central.length],
    [4, offset],
    [2, 0],
  );
  return Buffer.concat([...parts, central, end]);
}
