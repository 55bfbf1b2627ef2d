// Reduces a screenshot to a palette of 256 colours with strong compression.

import { readFile, writeFile } from "node:fs/promises";
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

/**
 * Rewrites the PNG at `path` if that makes it smaller. Supports eight bits per channel, with or
 * without alpha.
 */
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

/** Undoes the PNG filters and drops the alpha channel, because screenshots are opaque. */
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

/** Maps every pixel to the nearest of the 256 most frequent colours. */
function palette(rows) {
  const counts = new Map();
  for (let at = 0; at < rows.length; at += 3) {
    const colour = rows.readUIntBE(at, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const colours = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const kept = colours.slice(0, 256);
  const index = new Map(colours.map((colour, at) => [colour, at < 256 ? at : nearest(kept, colour)]));
  return { kept, index };
}

function nearest(kept, colour) {
  const parts = (of) => [of >> 16, (of >> 8) & 255, of & 255];
  const own = parts(colour);
  const distances = kept.map((other) => parts(other).reduce((sum, part, at) => sum + (part - own[at]) ** 2, 0));
  return distances.indexOf(Math.min(...distances));
}

function write(width, height, rows) {
  const { kept, index } = palette(rows);
  const out = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) out[y * (width + 1) + 1 + x] = index.get(rows.readUIntBE((y * width + x) * 3, 3));
  const colours = Buffer.alloc(kept.length * 3);
  kept.forEach((colour, at) => colours.writeUIntBE(colour, at * 3, 3));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const data = deflateSync(out, { level: 9, memLevel: 9 });
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("PLTE", colours), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type, body) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(body.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}
