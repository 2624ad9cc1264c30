// In the page: TensorFlow.js on its WebGPU backend.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-webgpu';
import { tfjsRows } from './tfjs_rows.mjs';
import { expose } from './web_counts.mjs';

globalThis.open_tfjs = async () => {
  if (!(await tf.setBackend('webgpu'))) throw new Error('its backend webgpu does not start');
  await tf.ready();
  const { device, adapterInfo } = tf.backend();
  expose('tfjs', {
    label: `tfjs-webgpu ${tf.version_core}`,
    adapter: `${adapterInfo.vendor} ${adapterInfo.architecture}`,
    rows: tfjsRows(tf, false),
    done() {
      tf.backend().endComputePassEncoder();
      if (tf.backend().commandEncoder) tf.backend().submitQueue();
      return device.queue.onSubmittedWorkDone();
    },
  });
};
