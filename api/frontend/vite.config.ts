import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vite";

// Every file directly in src/ is an entry: a page asks for it by its name, and loads nothing of the others.
const source = resolve(import.meta.dirname, "src");
const entries = readdirSync(source).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));

export default defineConfig({
  base: "/static/",
  publicDir: false,
  build: {
    outDir: resolve(import.meta.dirname, "../static"),
    emptyOutDir: true,
    manifest: "manifest.json",
    // Fonts stay files: the policy of our pages allows no data: fonts but those that the editors bring.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 3000,
    rolldownOptions: { input: entries.map((name) => resolve(source, name)) },
  },
  css: { preprocessorOptions: { scss: { quietDeps: true, silenceDeprecations: ["import"] } } },
});
