/** Bytes between two pauses. */
const STEP_BYTES = 64 * 1024;
const [PLUS, SPACE, PERCENT] = [0x2b, 0x20, 0x25];

/**
 * The bytes of the first field of this name in an HTML form; none where there is none. Pauses, and looks at the other
 * fields no further than to pass them.
 * @throws URIError for a `%` without two hexadecimal digits
 */
export function* formField(form: Uint8Array, name: string): Generator<undefined, Uint8Array, undefined> {
  const bytes = Buffer.from(form.buffer, form.byteOffset, form.byteLength);
  const start = Buffer.from(`${encodeURIComponent(name)}=`);
  const isFirst = bytes.subarray(0, start.length).equals(start);
  const before = isFirst ? 0 : bytes.indexOf(Buffer.concat([Buffer.from('&'), start])) + 1;
  if (!isFirst && before === 0) return Buffer.alloc(0);
  const from = before + start.length;
  const end = bytes.indexOf('&', from);
  return yield* decoded(bytes.subarray(from, end === -1 ? bytes.length : end));
}

function* decoded(field: Buffer): Generator<undefined, Uint8Array, undefined> {
  const made = Buffer.allocUnsafe(field.length);
  let length = 0;
  let pauseAt = STEP_BYTES;
  for (let at = 0; at < field.length; at++) {
    const byte = field[at] as number;
    if (byte === PERCENT) {
      const code = digit(field[at + 1]) * 16 + digit(field[at + 2]);
      if (Number.isNaN(code)) throw new URIError('a field of the form is not percent-encoded');
      made[length++] = code;
      at += 2;
    } else {
      made[length++] = byte === PLUS ? SPACE : byte;
    }
    if (at >= pauseAt) {
      yield;
      pauseAt = at + STEP_BYTES;
    }
  }
  return made.subarray(0, length);
}

/** The value of a hexadecimal digit; NaN for any other character. */
function digit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : NaN;
}
