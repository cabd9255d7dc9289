/** A scalar of an event file, or its first event. */
export interface ReadEvent {
  wallTime: number;
  step: number;
  tag?: string;
  scalar?: number;
}

type Fields = Map<number, number | Uint8Array>;

/** The fields of a protobuf message, the last of each number. */
function fieldsOf(bytes: Uint8Array): Fields {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (; bytes[at]! > 127; at++, scale *= 128) value += (bytes[at]! - 128) * scale;
    return value + bytes[at++]! * scale;
  };
  while (at < bytes.length) {
    const key = varint();
    const [field, wire] = [Math.floor(key / 8), key % 8];
    if (wire === 0) fields.set(field, varint());
    else if (wire === 1) {
      fields.set(field, view.getFloat64(at, true));
      at += 8;
    } else if (wire === 5) {
      fields.set(field, view.getFloat32(at, true));
      at += 4;
    } else {
      const length = varint();
      fields.set(field, bytes.subarray(at, at + length));
      at += length;
    }
  }
  return fields;
}

/** The events of a file of scalars, read back. */
export function eventsIn(file: Uint8Array): ReadEvent[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = view.getUint32(at, true);
    const fields = fieldsOf(file.subarray(at + 12, at + 12 + length));
    at += 16 + length;
    const summary = fields.get(5) as Uint8Array | undefined;
    const value = summary && fieldsOf(fieldsOf(summary).get(1) as Uint8Array);
    events.push({
      wallTime: (fields.get(1) ?? 0) as number,
      step: (fields.get(2) ?? 0) as number,
      ...(value && { tag: new TextDecoder().decode(value.get(1) as Uint8Array), scalar: value.get(2) as number }),
    });
  }
  return events;
}
