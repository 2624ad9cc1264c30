// A resolver for TensorFlow.js's modules, which leave out the file endings that Node wants.

export async function resolve(specifier, context, next) {
  const loose = specifier.startsWith('.') && context.parentURL?.includes('/@tensorflow/');
  if (!loose || specifier.endsWith('.js')) return next(specifier, context);
  // A file before a folder of the same name.
  return next(`${specifier}.js`, context).catch(() => next(`${specifier}/index.js`, context));
}
