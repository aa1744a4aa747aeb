// Pictures of a user interface have few colours: with a palette of 256 they are a third as large.

import { deflateSync, inflateSync } from "node:zlib";

/** Colours kept as they are, the most frequent ones: surfaces, lines, plain text. */
const EXACT = 96;
const PALETTE = 256;

interface Pixels {
  width: number;
  height: number;
  /** 0xRRGGBB, row by row. */
  colours: Uint32Array;
}

/** The same picture with at most 256 colours. Takes what Chromium writes: 8 bits a channel, no interlacing. */
export function withPalette(png: Buffer): Buffer {
  const pixels = decode(png);
  const { palette, indexOf } = choose(pixels.colours);
  const rows = Buffer.alloc(pixels.height * (pixels.width + 1));
  for (let y = 0; y < pixels.height; y++) {
    for (let x = 0; x < pixels.width; x++) {
      rows[y * (pixels.width + 1) + 1 + x] = indexOf(pixels.colours[y * pixels.width + x] ?? 0);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(pixels.width, 0);
  header.writeUInt32BE(pixels.height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    png.subarray(0, 8),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** The most frequent colours, then the means of the most frequent neighbourhoods of the others. */
function choose(colours: Uint32Array): { palette: number[]; indexOf: (colour: number) => number } {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const byCount = [...counts].sort((a, b) => b[1] - a[1]);
  const palette = byCount.slice(0, EXACT).map(([colour]) => colour);
  const near = new Map<number, [count: number, r: number, g: number, b: number]>();
  for (const [colour, count] of byCount.slice(EXACT)) {
    const [r, g, b] = channels(colour);
    const key = ((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4);
    const sum = near.get(key) ?? [0, 0, 0, 0];
    near.set(key, [sum[0] + count, sum[1] + r * count, sum[2] + g * count, sum[3] + b * count]);
  }
  const others = [...near.values()].sort((a, b) => b[0] - a[0]).slice(0, PALETTE - palette.length);
  for (const [count, r, g, b] of others) {
    palette.push((Math.round(r / count) << 16) | (Math.round(g / count) << 8) | Math.round(b / count));
  }
  const known = new Map(palette.map((colour, index) => [colour, index]));
  const indexOf = (colour: number): number => {
    const index = known.get(colour) ?? nearest(palette, colour);
    known.set(colour, index);
    return index;
  };
  return { palette, indexOf };
}

function nearest(palette: number[], colour: number): number {
  const [r, g, b] = channels(colour);
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, candidate] of palette.entries()) {
    const [cr, cg, cb] = channels(candidate);
    const distance = (r - cr) ** 2 * 3 + (g - cg) ** 2 * 6 + (b - cb) ** 2;
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}

function channels(colour: number): [number, number, number] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

function decode(png: Buffer): Pixels {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const [bits, kind, interlaced] = [png[24], png[25], png[28]];
  if (bits !== 8 || (kind !== 2 && kind !== 6) || interlaced !== 0) throw new Error(`a PNG of another kind: ${bits} ${kind}`);
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const step = kind === 2 ? 3 : 4;
  const rows = unfilter(inflateSync(Buffer.concat(data)), width * step, height, step);
  const colours = new Uint32Array(width * height);
  for (let pixel = 0; pixel < colours.length; pixel++) {
    const at = pixel * step;
    colours[pixel] = ((rows[at] ?? 0) << 16) | ((rows[at + 1] ?? 0) << 8) | (rows[at + 2] ?? 0);
  }
  return { width, height, colours };
}

/** Undoes the filters of rows (PNG specification, section 9.2). */
function unfilter(raw: Buffer, length: number, height: number, step: number): Uint8Array {
  const rows = new Uint8Array(length * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (length + 1)] ?? 0;
    for (let x = 0; x < length; x++) {
      const left = x >= step ? (rows[y * length + x - step] ?? 0) : 0;
      const up = y > 0 ? (rows[(y - 1) * length + x] ?? 0) : 0;
      const corner = x >= step && y > 0 ? (rows[(y - 1) * length + x - step] ?? 0) : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      rows[y * length + x] = (raw[y * (length + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return rows;
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const framed = Buffer.alloc(8 + body.length);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), 4 + body.length);
  return framed;
}

/** As PNG wants it (specification, annex D). */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
