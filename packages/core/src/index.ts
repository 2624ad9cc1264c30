// The public face of @dl/core: everything that the package exports.
export {};
