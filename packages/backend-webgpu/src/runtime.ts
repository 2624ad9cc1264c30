// Buffers, pipelines and the queue of one device: work is recorded and submitted in batches.
import { DeviceError, type DType } from '@dl/core/functional';

/** Device memory of `count` elements of four bytes. */
export class Memory {
  readonly bytes: number;
  freed = false;

  constructor(
    readonly raw: GPUBuffer,
    readonly owner: object,
    /** Requested number of elements; the buffer may have more. */
    readonly count: number,
  ) {
    this.bytes = raw.size;
  }
}

const STORAGE = 0x80; // GPUBufferUsage.STORAGE
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const MAP_READ = 0x1;
const READ = 0x1; // GPUMapMode.READ

/** Maximum size of the numbers that kernels read: shapes, strides, offsets, parameters. */
const META_BYTES = 1 << 16;
/** Maximum number of dispatches in one submit. */
const BATCH = 128;
/** Number of submits after which the device is asked to free resources of finished work. */
const TIDY = 16;
/** Maximum number of kernels; the least recently used one is dropped first. */
const KERNELS = 1024;
/** Maximum number of bytes kept for later tensors. */
const POOL_BYTES = 512 * 2 ** 20;

/**
 * The bytes counted for a buffer and a bind group in addition to their content: several times their cost in Dawn,
 * because a report makes the garbage collector do only part of its work.
 */
const BUFFER_COST = 1 << 16;
const GROUP_COST = 1 << 13;
/** The number of bytes per report to the garbage collector, which ignores much smaller ones. */
const PULSE = 1 << 26;

/** Number of these bytes that one kernel may read. */
const META_SPAN = 2048;
const UNIFORM = 0x40;
const COMPUTE = 0x4; // GPUShaderStage.COMPUTE

/** A dispatch without its buffers and its pipeline. */
interface Dispatch {
  readonly numbers: number[];
  readonly params: readonly ParamPlace[];
  /** Number of workgroups. A kernel must tolerate a few more, which have nothing to do. */
  readonly groups: number;
}

/** A dispatch as requested by a kernel. */
export interface Work extends Dispatch {
  /** Equal for equal sources. */
  readonly key: string;
  readonly source: () => string;
  /** Each buffer once. */
  readonly buffers: readonly Memory[];
}

/** The position of a program's param among the numbers. */
export interface ParamPlace {
  readonly at: number;
  readonly index: number;
  readonly dtype: DType;
}

/** A dispatch that can be repeated with other params and buffers. */
export interface Launch extends Dispatch {
  readonly pipeline: GPUComputePipeline;
  /** Its last buffers and their bind group: the steps of a loop use the same ones. */
  bound: { readonly raws: readonly GPUBuffer[]; readonly group: GPUBindGroup } | null;
}

/** A dispatch that was made, and its buffers. */
export interface Launched {
  readonly launch: Launch;
  readonly buffers: readonly Memory[];
}

interface Layout {
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

/** The work done so far. */
export interface Counts {
  readonly dispatches: number;
  readonly submits: number;
}

/** One device and its queue. */
export class Runtime {
  readonly device: GPUDevice;
  readonly #kernels = new Map<string, GPUComputePipeline>();
  readonly #pool = new Map<number, GPUBuffer[]>();
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #current: GPUComputePipeline | null = null;
  readonly #layouts: Layout[] = [];
  readonly #meta: GPUBuffer;
  readonly #metaLayout: GPUBindGroupLayout;
  readonly #metaGroup: GPUBindGroup;
  readonly #words = new Int32Array(META_BYTES / 4);
  /** The numbers that the device currently holds: the steps of a loop write nothing new. */
  readonly #written = new Int32Array(META_BYTES / 4);
  /** Bytes of new buffers since the last report to the garbage collector. */
  #unseen = 0;
  #metaAt = 0;
  #waiting = 0;
  #failure: DeviceError | null = null;
  #gone = false;
  /** A list that collects an operation's dispatches while its recipe is created. */
  launched: Launched[] | null = null;
  live = 0;
  pooled = 0;
  dispatches = 0;
  submits = 0;

  /**
   * `shares`: workgroup memory is faster than other memory, as on every graphics card. `subgroups`: whether kernels may
   * use subgroup operations.
   */
  constructor(
    device: GPUDevice,
    readonly shares: boolean,
    readonly subgroups = device.features.has('subgroups'),
  ) {
    this.device = device;
    this.#meta = device.createBuffer({ size: META_BYTES + META_SPAN, usage: UNIFORM | COPY_DST });
    this.#metaLayout = device.createBindGroupLayout({
      entries: [
        {
          binding: 0,
          visibility: COMPUTE,
          buffer: { type: 'uniform', hasDynamicOffset: true },
        },
      ],
    });
    this.#metaGroup = device.createBindGroup({
      layout: this.#metaLayout,
      entries: [{ binding: 0, resource: { buffer: this.#meta, size: META_SPAN } }],
    });
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event;
      const { message } = error;
      if (error.constructor.name === 'GPUOutOfMemoryError') {
        this.#fail(
          `the device is out of memory (${this.live} bytes are in use, ${this.pooled} kept); use a smaller batch, scope(() => …) around a step, or webgpu.emptyCache()`,
        );
      } else this.#fail(`an operation was refused by the device: ${message.split('\n')[0]}`);
    });
    void device.lost.then((info) => this.#lose(info));
  }

  #lose({ reason, message }: GPUDeviceLostInfo): void {
    this.#gone = true;
    this.#failure = null;
    this.#fail(
      `the device was lost (${message || reason}); call await webgpu.init() again and load saved values`,
    );
  }

  #fail(what: string): void {
    this.#failure ??= new DeviceError(`webgpu: ${what}`);
  }

  /** Whether the device can no longer be used. */
  get lost(): boolean {
    return this.#gone;
  }

  /** Throws the error since the last call; after the loss of the device, at every call. */
  check(): void {
    if (this.#failure === null) return;
    const failure = this.#failure;
    if (!this.#gone) this.#failure = null;
    throw failure;
  }

  /** Sizes are rounded so that kept buffers fit more requests. */
  static #sizeOf(count: number): number {
    const bytes = Math.max(16, count * 4);
    if (bytes <= 4096) return 2 ** Math.ceil(Math.log2(bytes));
    const step = 2 ** (Math.floor(Math.log2(bytes)) - 2);
    return Math.ceil(bytes / step) * step;
  }

  alloc(count: number, zeroed: boolean): Memory {
    this.check();
    const size = Runtime.#sizeOf(count);
    const { maxStorageBufferBindingSize: most, maxBufferSize } = this.device.limits;
    if (size > Math.min(most, maxBufferSize)) {
      throw new DeviceError(
        `webgpu: a tensor of ${count} elements takes ${size} bytes, but the adapter's limit maxStorageBufferBindingSize is ${most}; split it`,
      );
    }
    const reused = this.#pool.get(size)?.pop();
    this.live += size;
    if (reused !== undefined) {
      this.pooled -= size;
      if (zeroed) this.#commands().clearBuffer(reused);
    }
    // A new buffer contains zeros.
    const raw = reused ?? this.#fresh(size);
    return new Memory(raw, this, count);
  }

  /**
   * Creates a buffer. The garbage collector sees only the small objects that represent device memory, and would let
   * much of it pile up. It is therefore told about it by allocations of the same size, which cost nothing because they
   * are never touched.
   */
  #fresh(size: number): GPUBuffer {
    this.#tell(size + BUFFER_COST);
    return this.device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  }

  #tell(bytes: number): void {
    this.#unseen += bytes;
    if (this.#unseen < PULSE) return;
    this.#unseen = 0;
    try {
      void new ArrayBuffer(PULSE);
    } catch {
      // The process has no room for it; then the garbage collector runs anyway.
    }
  }

  free(memory: Memory): void {
    if (memory.freed) return;
    memory.freed = true;
    this.live -= memory.bytes;
    if (this.pooled + memory.bytes > POOL_BYTES) {
      // Destroyed only after the work that uses it was submitted.
      this.flush();
      memory.raw.destroy();
      return;
    }
    this.pooled += memory.bytes;
    const list = this.#pool.get(memory.bytes);
    if (list === undefined) this.#pool.set(memory.bytes, [memory.raw]);
    else list.push(memory.raw);
  }

  emptyCache(): void {
    this.flush();
    for (const list of this.#pool.values()) for (const raw of list) raw.destroy();
    this.#pool.clear();
    this.pooled = 0;
  }

  upload(data: ArrayBufferView, count: number): Memory {
    const memory = this.alloc(count, false);
    // Work that still uses a kept buffer must be submitted before the buffer is written.
    this.flush();
    if (count > 0) {
      this.device.queue.writeBuffer(
        memory.raw,
        0,
        data.buffer as ArrayBuffer,
        data.byteOffset,
        data.byteLength,
      );
    }
    return memory;
  }

  /** A copy of `count` elements, once the enqueued work is done. */
  async download(memory: Memory, offset: number, count: number): Promise<ArrayBuffer> {
    this.check();
    if (count === 0) return new ArrayBuffer(0);
    const staging = this.device.createBuffer({ size: count * 4, usage: MAP_READ | COPY_DST });
    try {
      this.#commands().copyBufferToBuffer(memory.raw, offset * 4, staging, 0, count * 4);
      this.flush();
      await staging.mapAsync(READ).catch(() => this.#lostWhileReading());
      this.check();
      return staging.getMappedRange().slice(0);
    } finally {
      staging.destroy();
    }
  }

  async #lostWhileReading(): Promise<void> {
    this.#lose(await this.device.lost);
  }

  async sync(): Promise<void> {
    this.flush();
    await this.device.queue.onSubmittedWorkDone();
    this.check();
  }

  /** The encoder, outside a compute pass. */
  #commands(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = null;
    this.#encoder ??= this.device.createCommandEncoder();
    return this.#encoder;
  }

  /** Submits the recorded work. */
  flush(): void {
    if (this.#encoder === null) return;
    this.#pass?.end();
    this.#pass = null;
    const now = this.#words.subarray(0, this.#metaAt / 4);
    if (now.some((word, i) => word !== this.#written[i])) {
      this.device.queue.writeBuffer(this.#meta, 0, now);
      this.#written.set(now);
    }
    this.device.queue.submit([this.#encoder.finish()]);
    this.#encoder = null;
    this.#metaAt = 0;
    this.#waiting = 0;
    this.submits++;
    // Dawn frees the resources of finished work only while something waits for it.
    if (this.submits % TIDY === 0) this.device.queue.onSubmittedWorkDone().catch(() => {});
  }

  #pipeline(work: Work): GPUComputePipeline {
    const known = this.#kernels.get(work.key);
    if (known !== undefined) {
      this.#kernels.delete(work.key);
      this.#kernels.set(work.key, known);
      return known;
    }
    const module = this.device.createShaderModule({ code: work.source() });
    const made = this.device.createComputePipeline({
      layout: this.#layout(work.buffers.length).pipeline,
      compute: { module, entryPoint: 'main' },
    });
    this.#kernels.set(work.key, made);
    if (this.#kernels.size > KERNELS)
      this.#kernels.delete(this.#kernels.keys().next().value as string);
    return made;
  }

  /** The layout of kernels with this number of buffers. */
  #layout(buffers: number): Layout {
    let known = this.#layouts[buffers];
    if (known === undefined) {
      const group = this.device.createBindGroupLayout({
        entries: Array.from({ length: buffers }, (_, binding) => ({
          binding,
          visibility: COMPUTE,
          buffer: { type: 'storage' as const },
        })),
      });
      const pipeline = this.device.createPipelineLayout({
        bindGroupLayouts: [this.#metaLayout, group],
      });
      known = { group, pipeline };
      this.#layouts[buffers] = known;
    }
    return known;
  }

  /** Records one kernel over its workgroups. */
  run(work: Work): void {
    const { numbers, params, buffers, groups } = work;
    const launch = { pipeline: this.#pipeline(work), numbers, params, groups, bound: null };
    this.launch(launch, buffers);
    this.launched?.push({ launch, buffers });
  }

  /** Records a dispatch. */
  launch(launch: Launch, buffers: readonly Memory[]): void {
    this.check();
    const { pipeline, numbers, groups } = launch;
    for (const b of buffers) {
      if (b.freed) throw new DeviceError('webgpu: a buffer is used after its memory was freed');
      if (b.owner !== this)
        throw new DeviceError(
          'webgpu: this tensor belongs to a lost device; load a checkpoint, or create it again',
        );
    }
    const limit = this.device.limits.maxStorageBuffersPerShaderStage;
    if (buffers.length > limit) {
      throw new DeviceError(
        `webgpu: an operation uses ${buffers.length} tensors at once, but the adapter's limit maxStorageBuffersPerShaderStage is ${limit}`,
      );
    }
    if (numbers.length > META_SPAN / 4)
      throw new DeviceError(
        `webgpu: a kernel of ${numbers.length} numbers exceeds the limit; use fewer dimensions`,
      );
    const aligned = Math.ceil((numbers.length * 4) / 256) * 256;
    if (this.#metaAt + aligned > META_BYTES || this.#waiting >= BATCH) this.flush();
    const at = this.#metaAt;
    this.#metaAt += aligned;
    this.#words.set(numbers, at / 4);
    if (this.#pass === null) {
      this.#pass = this.#commands().beginComputePass();
      this.#current = null;
    }
    if (this.#current !== pipeline) this.#pass.setPipeline(pipeline);
    this.#current = pipeline;
    this.#pass.setBindGroup(0, this.#metaGroup, [at]);
    this.#pass.setBindGroup(1, this.#bind(launch, buffers));
    const most = this.device.limits.maxComputeWorkgroupsPerDimension;
    const x = Math.min(groups, most);
    this.#pass.dispatchWorkgroups(x, Math.ceil(groups / x));
    this.#waiting++;
    this.dispatches++;
  }

  #bind(launch: Launch, buffers: readonly Memory[]): GPUBindGroup {
    const { bound } = launch;
    if (bound !== null && buffers.every((b, k) => b.raw === bound.raws[k])) return bound.group;
    this.#tell(GROUP_COST);
    const group = this.device.createBindGroup({
      layout: this.#layout(buffers.length).group,
      entries: buffers.map((b, binding) => ({ binding, resource: { buffer: b.raw } })),
    });
    launch.bound = { raws: buffers.map((b) => b.raw), group };
    return group;
  }
}
