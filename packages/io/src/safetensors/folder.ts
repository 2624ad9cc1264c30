// Models in several safetensors files, as the Hugging Face libraries store them: a folder with an index of names.
import { DLError, FormatError } from '@dl/core/functional';
import { isUrl } from '../bytes/bytes.js';
import { listFolder, pathIn } from '../bytes/files.js';
import { type LoadSource, openSource } from '../bytes/source.js';
import { decodeUtf8 } from '../bytes/text.js';
import { quote } from '../ranges.js';

/** A file, and the tensors to be read from it; null for all. */
export interface Part {
  readonly source: LoadSource;
  readonly names: readonly string[] | null;
}

const INDEX = '.safetensors.index.json';
/** The limit for the header of one file. */
const MOST_INDEX = 100_000_000;

/** The files of a source: the file itself, or those in the folder or index at its path. */
export async function partsOf(operator: string, given: LoadSource): Promise<Part[]> {
  // A promise of a folder's path is accepted too.
  const source = await given;
  if (typeof source !== 'string' && !isUrl(source)) return [{ source, names: null }];
  const text = typeof source === 'string' ? source : source.href;
  if (text.endsWith(INDEX)) return partsOfIndex(operator, source, null);
  const files = await listFolder(source);
  if (files === null) return [{ source, names: null }];
  const indices = files.filter((name) => name.endsWith(INDEX));
  const index = indices.includes(`model${INDEX}`) ? `model${INDEX}` : indices[0];
  if (index !== undefined && (indices.length === 1 || index === `model${INDEX}`)) {
    return partsOfIndex(operator, pathIn(source, index), source);
  }
  const models = files.filter((name) => name.endsWith('.safetensors'));
  const only = models.includes('model.safetensors') ? 'model.safetensors' : models[0];
  if (only !== undefined && (models.length === 1 || only === 'model.safetensors')) {
    return [{ source: pathIn(source, only), names: null }];
  }
  const what =
    models.length === 0 ? 'no safetensors file' : `${models.length} safetensors files and no index`;
  throw new DLError(
    `${operator}: the folder ${text} has ${what}; pass the path of ${models.length === 0 ? 'a folder or file that has' : 'one of them'}`,
  );
}

async function partsOfIndex(
  operator: string,
  index: string | URL,
  folder: string | URL | null,
): Promise<Part[]> {
  const refuse = (problem: string): FormatError =>
    new FormatError(`${operator}: the index ${String(index)} ${problem}; download it again`);
  const opened = await openSource(index, operator);
  let parsed: unknown;
  try {
    if (opened.size > MOST_INDEX) throw refuse(`has ${opened.size} bytes, more than ${MOST_INDEX}`);
    const text = decodeUtf8(await opened.read(0, opened.size));
    parsed = JSON.parse(text ?? '');
  } catch (error) {
    if (error instanceof DLError) throw error;
    throw refuse('is not JSON');
  } finally {
    await opened.close();
  }
  const map = (parsed as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw refuse('has no weight_map');
  const byFile = new Map<string, string[]>();
  for (const [name, file] of Object.entries(map)) {
    // Only files of the folder: an index may come from anywhere.
    if (typeof file !== 'string' || !/^[^/\\\0]+\.safetensors$/.test(file)) {
      throw refuse(
        `contains ${quote(name)} in ${quote(file)}, which is not the name of a safetensors file`,
      );
    }
    const names = byFile.get(file);
    if (names === undefined) byFile.set(file, [name]);
    else names.push(name);
  }
  if (byFile.size === 0) throw refuse('names no tensors');
  return [...byFile].map(([file, names]) => {
    return { source: pathIn(folder ?? index, file, folder === null), names };
  });
}
