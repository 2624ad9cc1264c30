// The set-up: data, activation, optimizer, learning rate, batch size and device.
import { catalog } from '../shared/catalog.js';
import type { DeviceState } from '../shared/messages.js';
import {
  activations,
  batchSizes,
  type DataKind,
  type DeviceName,
  dataKinds,
  learningRates,
  type OptimizerKind,
  type Settings,
} from '../shared/settings.js';
import { byId, fillSelect, radio } from './dom.js';

const optimizerNames: Readonly<Record<OptimizerKind, string>> = {
  sgd: 'SGD',
  momentum: 'SGD, momentum',
  adam: 'Adam',
};

const deviceNames: Readonly<Record<DeviceName, string>> = { cpu: 'CPU', webgpu: 'WebGPU' };

/** The fields of the set-up. */
export class Controls {
  private readonly changed: (changes: Partial<Settings>) => void;
  private readonly data = new Map<DataKind, HTMLInputElement>();
  private readonly devices = new Map<DeviceName, HTMLInputElement>();
  private readonly count = byId('count', HTMLInputElement);
  private readonly noise = byId('noise', HTMLInputElement);
  private readonly activation = byId('activation', HTMLSelectElement);
  private readonly optimizer = byId('optimizer', HTMLSelectElement);
  private readonly lr = byId('lr', HTMLSelectElement);
  private readonly batch = byId('batch', HTMLSelectElement);

  constructor(changed: (changes: Partial<Settings>) => void) {
    this.changed = changed;
    for (const kind of dataKinds) {
      const { label, input } = radio('data', kind, catalog[kind].title);
      input.onchange = () => changed({ data: kind });
      byId('data', HTMLDivElement).append(label);
      this.data.set(kind, input);
    }
    this.fill();
    this.listen();
  }

  private fill(): void {
    const plain = (values: readonly (number | string)[]): [string, string][] =>
      values.map((value) => [String(value), String(value)]);
    fillSelect(this.activation, plain(activations));
    fillSelect(this.optimizer, Object.entries(optimizerNames));
    fillSelect(this.lr, plain(learningRates));
    fillSelect(this.batch, plain(batchSizes));
  }

  private listen(): void {
    const { count, noise, activation, optimizer, lr, batch, changed } = this;
    count.oninput = () => changed({ count: Number(count.value) });
    noise.oninput = () => changed({ noise: Number(noise.value) });
    activation.onchange = () => {
      const chosen = activations.find((name) => name === activation.value);
      if (chosen !== undefined) changed({ activation: chosen });
    };
    optimizer.onchange = () => changed({ optimizer: optimizer.value as OptimizerKind });
    lr.onchange = () => changed({ lr: Number(lr.value) });
    batch.onchange = () => changed({ batchSize: Number(batch.value) });
  }

  /** Offers the devices that there are, and says why the others are not. */
  showDevices(states: readonly DeviceState[]): void {
    const place = byId('device', HTMLDivElement);
    place.replaceChildren();
    this.devices.clear();
    for (const { name, missing } of states) {
      const { label, input } = radio('device', name, deviceNames[name]);
      input.disabled = missing !== null;
      if (missing !== null) input.setAttribute('aria-describedby', 'device-about');
      input.onchange = () => this.changed({ device: name });
      place.append(label);
      this.devices.set(name, input);
    }
    const reasons = states.map(({ missing }) => missing).filter((reason) => reason !== null);
    byId('device-about', HTMLParagraphElement).textContent = reasons.join(' ');
  }

  /** Puts settings into the fields. */
  show(settings: Settings): void {
    for (const [kind, input] of this.data) input.checked = kind === settings.data;
    for (const [name, input] of this.devices) input.checked = name === settings.device;
    const { about, made } = catalog[settings.data];
    byId('data-about', HTMLParagraphElement).textContent = about;
    byId('made', HTMLDivElement).hidden = !made;
    this.count.value = String(settings.count);
    this.noise.value = String(settings.noise);
    byId('count-value', HTMLOutputElement).value = String(settings.count);
    byId('noise-value', HTMLOutputElement).value = settings.noise.toFixed(2);
    this.activation.value = settings.activation;
    this.optimizer.value = settings.optimizer;
    this.lr.value = String(settings.lr);
    this.batch.value = String(settings.batchSize);
  }
}
