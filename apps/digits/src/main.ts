// The digits app: trains on MNIST, prints the test accuracy and saves the model.
console.log(
  'digits: nothing is trained yet. Arguments:',
  process.argv.slice(2).join(' ') || '(none)',
);
