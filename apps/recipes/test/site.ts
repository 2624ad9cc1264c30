// A recipe in Chromium: its folder is served, and the lines of its console are what it did.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser } from 'playwright-core';

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Serves the files of several folders, the first that has one; `replaced` comes before all of them. */
async function serve(
  folders: readonly string[],
  replaced: Readonly<Record<string, string | Uint8Array>>,
): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url as string, 'http://localhost');
    const path = pathname === '/' ? '/index.html' : pathname;
    const file = folders
      .map((folder) => join(folder, path))
      .find((name) => existsSync(name) && statSync(name).isFile());
    const body = replaced[path] ?? (file === undefined ? undefined : readFileSync(file));
    const head = { 'content-type': types[extname(path)] ?? 'text/plain' };
    response.writeHead(body === undefined ? 404 : 200, head).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

/** What a page wrote on its console, errors too, once it has written `count` lines. */
export async function linesOf(
  browser: Browser,
  folders: readonly string[],
  count: number,
  replaced: Readonly<Record<string, string | Uint8Array>> = {},
  host = '127.0.0.1',
): Promise<string[]> {
  const icon = { '/favicon.ico': '' };
  const server = await serve(folders, { ...icon, ...replaced });
  const page = await browser.newPage();
  try {
    const lines: string[] = [];
    const all = new Promise<void>((done) => {
      const add = (line: string): void => {
        lines.push(line);
        if (lines.length === count) done();
      };
      page.on('console', (message) => add(message.text()));
      page.on('pageerror', (error) => add(error.message));
      setTimeout(done, 15_000).unref();
    });
    await page.goto(`http://${host}:${(server.address() as AddressInfo).port}/`);
    await all;
    // What it would write beyond.
    await page.waitForTimeout(100);
    return lines;
  } finally {
    await page.close();
    server.close();
  }
}
