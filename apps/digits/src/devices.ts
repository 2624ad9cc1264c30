// Devices other than the CPU, which come with packages of their own and are started once.

/** Starts the device that is named; throws a DeviceError that says what it lacks. */
export async function startDevice(device: string): Promise<void> {
  const [type] = device.split(':');
  if (type === 'cuda') {
    const { cuda } = await import('@dl/backend-cuda');
    await cuda.init();
  }
  if (type === 'webgpu') {
    const { webgpu } = await import('@dl/backend-webgpu');
    await webgpu.init();
  }
}
