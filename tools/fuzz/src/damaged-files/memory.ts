// Counts the bytes that are asked for by the constructors of typed arrays, whether or not they are ever touched.

let bytes = 0;

/** Bytes asked for so far; 0 for ever where nothing counts. */
export const requested = (): number => bytes;

/** Has them counted from now on. Modules that keep a constructor for themselves have to be imported afterwards. */
export function countRequests(): void {
  const types = globalThis as unknown as Record<
    string,
    new (
      ...args: unknown[]
    ) => { byteLength: number }
  >;
  const names = [
    'ArrayBuffer',
    'Uint8Array',
    'Int8Array',
    'Uint16Array',
    'Int16Array',
    'Uint32Array',
    'Int32Array',
  ];
  for (const name of [
    ...names,
    'Float32Array',
    'Float64Array',
    'BigInt64Array',
    'BigUint64Array',
  ]) {
    const type = types[name];
    if (type === undefined) continue;
    types[name] = new Proxy(type, {
      construct(target, args, newTarget) {
        // What is refused counts too: an engine with more memory would have given it.
        const { BYTES_PER_ELEMENT: each = 1 } = target as { BYTES_PER_ELEMENT?: number };
        if (typeof args[0] === 'number') bytes += args[0] * each;
        const made = Reflect.construct(target, args, newTarget) as { byteLength: number };
        if (typeof args[0] !== 'number' && !(args[0] instanceof ArrayBuffer))
          bytes += made.byteLength;
        return made;
      },
    });
  }
}
