// The public face of @dl/data: everything that the package exports.
export {};
