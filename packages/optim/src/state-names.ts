// Names in state dicts: converts camelCase to PyTorch's snake_case and back.

/** Converts `weightDecay` to `weight_decay`. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Converts `weight_decay` to `weightDecay`. */
export const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
