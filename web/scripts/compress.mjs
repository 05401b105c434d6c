// Puts a .gz and a .br beside every text file of dist, so that the server never compresses at run time.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const texts = new Set([".js", ".css", ".html", ".svg", ".json", ".txt", ".webmanifest"]);
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const smallest = 512;

const entries = await readdir(dist, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile() && texts.has(extname(entry.name)));

await Promise.all(
  files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path);
    if (content.length < smallest) return;
    const gz = await promisify(gzip)(content, { level: 9 });
    const br = await promisify(brotliCompress)(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
    });
    await Promise.all([writeFile(`${path}.gz`, gz), writeFile(`${path}.br`, br)]);
  }),
);
