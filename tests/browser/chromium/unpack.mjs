// Unpack the packed browser into the folder given: node unpack.mjs FOLDER
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

const folder = process.argv[2];
const packed = join(import.meta.dirname, "node_modules/@sparticuz/chromium/bin");
mkdirSync(folder, { recursive: true });
for (const name of ["al2023", "fonts", "swiftshader"]) {
  const archive = join(folder, `${name}.tar`);
  writeFileSync(archive, brotliDecompressSync(readFileSync(join(packed, `${name}.tar.br`))));
  execFileSync("tar", ["-xf", archive, "-C", folder]);
}
writeFileSync(join(folder, "chromium"), brotliDecompressSync(readFileSync(join(packed, "chromium.br"))));
chmodSync(join(folder, "chromium"), 0o755);
// The one that is packed names folders of another system.
const fonts = `<?xml version="1.0"?><fontconfig><dir>${join(folder, "fonts")}</dir><cachedir>${join(folder, "cache")}</cachedir></fontconfig>\n`;
writeFileSync(join(folder, "fonts.conf"), fonts);
