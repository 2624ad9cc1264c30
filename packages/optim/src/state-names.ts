// Names in state dicts: PyTorch's snake_case for our camelCase, and back.

/** `weightDecay` as PyTorch writes it: `weight_decay`. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `weight_decay` as we write it: `weightDecay`. */
export const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
