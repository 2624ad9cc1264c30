// The public face of @dl/optim: everything that the package exports.
export {};
