// PyTorch's public names beside the packages' exports: what is there, in what form, and what is not.
import type { Entry } from '../extract.js';
import { type Area, areas } from './areas.js';
import { formOf } from './form.js';
import { leftOut, type Reason } from './left-out.js';
import { otherForms } from './other-forms.js';

/** PyTorch's names by namespace, as tools/oracle lists them. */
export interface PyTorchNames {
  readonly torch: string;
  readonly areas: Readonly<Record<string, readonly string[]>>;
}

/** `here`: under its name in camelCase; `otherwise`: in another form; `out`: left out; `missing`: not there yet. */
export type State = 'here' | 'otherwise' | 'out' | 'missing';

/** What became of a name. */
export interface Named {
  readonly name: string;
  readonly state: State;
  /** What to write; empty if there is nothing. */
  readonly form: string;
  /** Why it is left out; null if it is not. */
  readonly why: Reason | null;
  /** The package that exports it. */
  readonly package: string;
}

type Found = Pick<Entry, 'name' | 'package' | 'parameters' | 'kind'>;

/** PyTorch's `from_numpy` is `fromNumpy`; names of classes stay. */
export const camelCase = (name: string): string =>
  name.replace(/(?<=[^_])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Every name of every area. */
export function survey(
  { areas: names }: PyTorchNames,
  reference: readonly Entry[],
): ReadonlyMap<string, readonly Named[]> {
  return new Map(
    Object.entries(names).map(([area, list]) => {
      const place = areas[area];
      if (place === undefined) throw new Error(`names: the area ${area} is not in areas.ts`);
      const found = exportsOf(place, reference);
      return [
        area,
        list.map((name): Named => {
          const full = `${area}.${name}`;
          const other = otherForms[full];
          if (other !== undefined) {
            return { name, state: 'otherwise', form: other, why: null, package: '' };
          }
          const entry = found.get(camelCase(name));
          if (entry !== undefined) {
            const form = formOf(entry, place.class !== undefined);
            return { name, state: 'here', form, why: null, package: entry.package };
          }
          const why = leftOut.find((rule) => rule.names.test(full))?.why ?? null;
          return { name, state: why === null ? 'missing' : 'out', form: '', why, package: '' };
        }),
      ] as const;
    }),
  );
}

function exportsOf(
  { packages, class: holder, within }: Area,
  reference: readonly Entry[],
): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  const add = (entry: Found): void => {
    if (entry.kind !== 'type' && !found.has(entry.name)) found.set(entry.name, entry);
  };
  for (const name of packages) {
    const own = reference.filter((entry) => entry.package === `@dl/${name}`);
    for (const object of within ?? []) {
      for (const member of own.find((entry) => entry.name === object)?.members ?? []) add(member);
    }
    if (holder === undefined) for (const entry of own) add(entry);
    else {
      // The members of an interface that is merged with the class count too.
      for (const entry of own) {
        if (entry.name === holder) for (const member of entry.members) add(member);
      }
    }
  }
  return found;
}
