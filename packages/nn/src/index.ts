// The public face of @dl/nn: everything that the package exports.
export {};
