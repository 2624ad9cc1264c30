// Why there is no addon outside of Node.
export const notNode =
  '@dl/backend-cpu is for Node, and this is none; core computes on device cpu here, @dl/backend-webgpu on the GPU';
