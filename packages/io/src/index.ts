// The public face of @dl/io: everything that the package exports.
export {};
