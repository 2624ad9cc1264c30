// The conformance suite: one table of operators and sample inputs that every backend runs.
export {};
