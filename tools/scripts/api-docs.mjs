// Pages of the programming interface in out/api, from the sources; fails on an export without documentation.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, TSConfigReader, TypeDocReader } from 'typedoc';
import { nameDocuments, undocumented } from './lib/api-docs.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
process.chdir(root);
const app = await Application.bootstrapWithPlugins({ options: join(root, 'typedoc.json') }, [
  new TypeDocReader(),
  new TSConfigReader(),
]);
const project = await app.convert();
if (!project) throw new Error('TypeDoc could not read the packages.');
nameDocuments(project);
const missing = undocumented(project);
for (const name of missing) console.error(`${name} has no documentation comment.`);
app.validate(project);
const { out } = JSON.parse(readFileSync('typedoc.json', 'utf8'));
await app.generateDocs(project, join(root, out));
if (missing.length > 0 || app.logger.hasErrors() || app.logger.validationWarningCount > 0) {
  process.exitCode = 1;
} else console.log(`Every export is documented; the pages are in ${out}.`);
