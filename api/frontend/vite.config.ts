import { readFileSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vite";

// Every file directly in src/ is an entry: a page asks for it by its name, and loads nothing of the others.
const source = resolve(import.meta.dirname, "src");
const entries = readdirSync(source).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));

// The fonts of printed records, and their licence: the server reads them where they lie.
const fonts = resolve(import.meta.dirname, "node_modules/@expo-google-fonts/noto-sans");
const printed = {
  "NotoSans-Regular.ttf": "400Regular/NotoSans_400Regular.ttf",
  "NotoSans-Bold.ttf": "700Bold/NotoSans_700Bold.ttf",
  "OFL.txt": "LICENSE_FONT",
};

export default defineConfig({
  base: "/static/",
  plugins: [
    {
      name: "fonts-of-printed-records",
      generateBundle() {
        for (const [name, file] of Object.entries(printed)) {
          this.emitFile({ type: "asset", fileName: `fonts/${name}`, source: readFileSync(resolve(fonts, file)) });
        }
      },
    },
  ],
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
