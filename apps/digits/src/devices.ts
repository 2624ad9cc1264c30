// Devices other than the CPU, which are in separate packages and are initialized once.

/** Initializes the named device; throws a DeviceError that says what is missing. */
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
