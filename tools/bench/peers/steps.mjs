// Steps of a row, and when its device is waited for: the same on our side and in the page.

/** Runs `steps` steps; `done` resolves when the device has done them, and is waited for after every `together`. */
export async function runSteps(work, steps, done, together = 1) {
  for (let i = 0; i < steps; i++) {
    const pending = work.step();
    if (pending !== undefined) await pending;
    if (done !== undefined && ((i + 1) % together === 0 || i === steps - 1)) await done();
  }
}
