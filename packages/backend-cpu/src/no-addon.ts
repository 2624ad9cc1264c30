// The reason why there is no addon outside Node.
export const notNode =
  '@dl/backend-cpu is for Node, which this is not; core computes on device cpu here, @dl/backend-webgpu on the GPU';
