// The program that does what is set up, as text: kept in step with the controls.
import circles from './data/circles.ts?raw';
import flower from './data/flower.ts?raw';
import iris from './data/iris.ts?raw';
import points from './data/points.ts?raw';
import spirals from './data/spirals.ts?raw';
import split from './data/split.ts?raw';
import { type DataKind, type Settings, sizesOf } from './settings.js';

/** The very files that the page makes its data with. */
const sources: Readonly<Record<Exclude<DataKind, 'drawn'>, string>> = {
  points,
  flower,
  circles,
  spirals,
  iris,
};

/** Epochs that the program goes on for; on the page it is you who stops. */
const EPOCHS = 100;

/** Names to import, by package; types are marked by `type` in front. */
type Imports = Map<string, Set<string>>;

/** A source file's imports, and its text without them and without its first comment. */
function takeApart(source: string, imports: Imports): string {
  const rest = source
    .replace(/^\/\/.*\n/, '')
    .replace(/^import \{([^}]*)\} from '([^']+)';\n/gm, (_, names: string, from: string) => {
      // The program that is shown has one import of core; the page's bundle is to be small, it need not be.
      const shown = from.replace(/\/functional$/, '');
      for (const name of names.split(',').filter((n) => n.trim()))
        need(imports, shown, name.trim());
      return '';
    });
  return rest.replace(/^export /gm, '').trim();
}

function need(imports: Imports, from: string, ...names: string[]): void {
  const set = imports.get(from) ?? new Set<string>();
  for (const name of names) if (name !== '') set.add(name);
  imports.set(from, set);
}

/** Import lines, in order and none longer than a line should be. */
function importLines(imports: Imports): string {
  const bare = (name: string): string => name.replace(/^type /, '').toLowerCase();
  return [...imports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, names]) => {
      const sorted = [...names].sort((a, b) => (bare(a) < bare(b) ? -1 : 1));
      const line = `import { ${sorted.join(', ')} } from '${from}';`;
      if (line.length <= 80) return line;
      return `import {\n${sorted.map((name) => `  ${name},\n`).join('')}} from '${from}';`;
    })
    .join('\n');
}

const moved = (settings: Settings): string =>
  settings.device === 'cpu' ? '' : `.to('${settings.device}')`;

function drawnText(settings: Settings): string {
  const rows = settings.drawn.map(({ x, y, kind }) => `  [${x}, ${y}, ${kind}],`);
  return [
    '// Across, up, and the class of each point.',
    rows.length === 0 ? 'const drawn: number[][] = [];' : `const drawn = [\n${rows.join('\n')}\n];`,
    'const data = {',
    '  x: tensor(drawn.map(([x, y]) => [x, y])).view([-1, 2]),',
    '  y: tensor(',
    '    drawn.map(([, , kind]) => kind),',
    "    { dtype: 'int32' },",
    '  ),',
    '};',
  ].join('\n');
}

function dataText(settings: Settings): string {
  const { data, count, noise } = settings;
  if (data === 'iris') return 'const [train, test] = split(iris());';
  if (data === 'drawn') return 'const [train, test] = split(data);';
  return [
    `const train = ${data}(${count}, ${noise});`,
    `const test = ${data}(${count / 2}, ${noise});`,
  ].join('\n');
}

function modelText(settings: Settings): string {
  const sizes = sizesOf(settings);
  const layers = sizes.slice(1).map((size, i) => `new Linear(${sizes[i]}, ${size})`);
  const steps = layers.flatMap((layer, i) =>
    i < layers.length - 1 ? [`  ${layer},`, `  new ${settings.activation}(),`] : [`  ${layer},`],
  );
  return `const model = new Sequential(\n${steps.join('\n')}\n)${moved(settings)};`;
}

function optimizerText({ optimizer, lr }: Settings): string {
  const [name, options] =
    optimizer === 'adam'
      ? ['Adam', `lr: ${lr}`]
      : ['SGD', optimizer === 'sgd' ? `lr: ${lr}` : `lr: ${lr}, momentum: 0.9`];
  return `const optimizer = new ${name}(model.parameters(), { ${options} });`;
}

function trainingText(settings: Settings): string {
  const onDevice = settings.device !== 'cpu';
  const place = moved(settings);
  const step = [
    'optimizer.zeroGrad();',
    'const loss = crossEntropy(model.forward(x), y);',
    'loss.backward();',
    'optimizer.step();',
  ];
  const inside = onDevice
    ? ['    scope(() => {', ...step.map((line) => `      ${line}`), '    });']
    : step.map((line) => `    ${line}`);
  return [
    `const batches = new TensorDataset(train.x${place}, train.y${place});`,
    `const loader = new DataLoader(batches, { batchSize: ${settings.batchSize}, shuffle: true });`,
    '',
    '/** The loss over all points, without learning from them. */',
    'async function lossOf({ x, y }: { x: Tensor; y: Tensor }): Promise<number> {',
    `  const answers = ${onDevice ? 'scope(() => ' : ''}noGrad(() => model.forward(x${place}))${onDevice ? ')' : ''};`,
    '  return crossEntropy(await answers.cpu(), y).item();',
    '}',
    '',
    `for (let epoch = 1; epoch <= ${EPOCHS}; epoch++) {`,
    '  for (const [x, y] of loader) {',
    ...inside,
    '  }',
    '  const losses = [await lossOf(train), await lossOf(test)];',
    `  console.log(\`epoch \${epoch}: train \${losses[0]}, test \${losses[1]}\`);`,
    '}',
  ].join('\n');
}

/**
 * The TypeScript program that does what the settings say, on the published packages: the same data,
 * the same first weights and the same steps as on the page.
 */
export function codeText(settings: Settings): string {
  const imports: Imports = new Map();
  const parts: string[] = [];
  need(imports, '@dl/core', 'manualSeed', 'noGrad', 'type Tensor');
  need(imports, '@dl/data', 'DataLoader', 'TensorDataset');
  need(imports, '@dl/io', 'save');
  need(imports, '@dl/losses', 'crossEntropy');
  need(imports, '@dl/nn', 'Linear', 'Sequential');
  if (settings.hidden.length > 0) need(imports, '@dl/nn', settings.activation);
  need(imports, '@dl/optim', settings.optimizer === 'adam' ? 'Adam' : 'SGD');
  if (settings.device === 'webgpu') {
    need(imports, '@dl/core', 'scope');
    need(imports, '@dl/backend-webgpu', 'webgpu');
    parts.push('await webgpu.init();');
  }
  if (settings.data === 'drawn') {
    need(imports, '@dl/core', 'tensor');
    parts.push(drawnText(settings));
  } else {
    parts.push(takeApart(sources[settings.data], imports));
  }
  if (settings.data === 'drawn' || settings.data === 'iris') parts.push(takeApart(split, imports));
  parts.push(
    `manualSeed(${settings.seed});\n${dataText(settings)}`,
    `manualSeed(${settings.seed});\n${modelText(settings)}\n${optimizerText(settings)}`,
    trainingText(settings),
    "await save(model.stateDict(), 'model.pth');",
  );
  return `${importLines(imports)}\n\n${parts.join('\n\n')}\n`;
}
