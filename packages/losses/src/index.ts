// The public face of @dl/losses: everything that the package exports.
export {};
