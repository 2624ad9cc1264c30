// UTF-8, even where TextDecoder and TextEncoder are missing, as in Jest's jsdom environment.

/** Text from UTF-8 bytes, or null if they are invalid. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  if (typeof TextDecoder !== 'function') return decodePlain(bytes, false);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The same, but lone surrogates are allowed (Python: `surrogatepass`). */
export const decodeWithSurrogates = (bytes: Uint8Array): string | null => decodePlain(bytes, true);

/** The same in plain JavaScript. */
export function decodePlain(bytes: Uint8Array, surrogates: boolean): string | null {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i++];
    const more =
      first < 0x80
        ? 0
        : first < 0xc2
          ? -1
          : first < 0xe0
            ? 1
            : first < 0xf0
              ? 2
              : first < 0xf5
                ? 3
                : -1;
    if (more < 0) return null;
    let code = more === 0 ? first : first & (0x3f >> more);
    for (let k = 0; k < more; k++) {
      const next = bytes[i++] ?? 0;
      if ((next & 0xc0) !== 0x80) return null;
      code = (code << 6) | (next & 0x3f);
    }
    const least = [0, 0x80, 0x800, 0x10000][more];
    if (code < least || code > 0x10ffff) return null;
    if (!surrogates && code >= 0xd800 && code < 0xe000) return null;
    part += String.fromCodePoint(code);
    if (part.length > 8192) {
      parts.push(part);
      part = '';
    }
  }
  return parts.join('') + part;
}

/** The UTF-8 bytes of a text without lone surrogates, in this realm's memory. */
export function encodeUtf8(text: string): ReturnType<Uint8ArrayConstructor['of']> {
  // Under Jest the encoder returns arrays of another realm.
  if (typeof TextEncoder === 'function') return new Uint8Array(new TextEncoder().encode(text));
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) {
      bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    } else {
      bytes.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
    }
  }
  return Uint8Array.from(bytes);
}
