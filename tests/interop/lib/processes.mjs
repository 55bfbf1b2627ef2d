// Starts `countersign server` and `countersign phone` on free ports, each with a temporary data
// folder.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How long a process may take to start and to stop, in milliseconds. */
const READY_MS = 30_000;
const END_MS = 5_000;

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** A running `countersign` process. */
export class Countersign {
  /** The URL of the process without a trailing slash. */
  url;
  #child;
  #data;

  /**
   * Starts `countersign <part>`. `config` is the text of a configuration file, if the part uses
   * one.
   */
  static async start(part, config) {
    const program = process.env.COUNTERSIGN_BIN;
    if (!program) throw new Error('COUNTERSIGN_BIN must name the countersign program; `cargo xtask interop` does that');
    const started = new Countersign();
    started.#data = await mkdtemp(join(tmpdir(), `countersign-${part}-`));
    const options = [part, '--json', '--data', join(started.#data, 'data'), '--listen', '127.0.0.1:0'];
    if (config !== undefined) {
      const file = join(started.#data, 'config.toml');
      await writeFile(file, config, { mode: 0o600 });
      options.push('--config', file);
    }
    started.#child = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(started.#child);
    const { ready, url } = await firstLine(started.#child, part);
    if (ready !== true || typeof url !== 'string') throw new Error(`${part} did not say where it answers`);
    started.url = url.replace(/\/$/, '');
    return started;
  }

  /** Stops the process like Ctrl-C, deletes its data, and returns its exit code. */
  async stop() {
    const ended = once(this.#child, 'exit');
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    this.#child.kill('SIGINT');
    const [code] = this.#child.exitCode === null ? await ended : [this.#child.exitCode];
    clearTimeout(patience);
    running.delete(this.#child);
    await rm(this.#data, { recursive: true, force: true });
    return code;
  }
}

async function firstLine(child, part) {
  const lines = createInterface({ input: child.stdout });
  const patience = AbortSignal.timeout(READY_MS);
  const gone = once(child, 'exit', { signal: patience }).then(([code]) => {
    throw new Error(`countersign ${part} ended with ${code} before it was ready`);
  });
  const failed = once(child, 'error', { signal: patience }).then(([problem]) => {
    throw problem;
  });
  const [line] = await Promise.race([once(lines, 'line', { signal: patience }), gone, failed]);
  gone.catch(() => {});
  failed.catch(() => {});
  return JSON.parse(line);
}
