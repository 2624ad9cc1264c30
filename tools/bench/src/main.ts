// The benchmarks: each measures one operator or one training step and prints one line.
console.log('bench: no benchmark is written yet.');
