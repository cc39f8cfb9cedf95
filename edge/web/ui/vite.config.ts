import { defineConfig } from "vite";

const STORE = process.env["SMARTSTORE_URL"] ?? "http://127.0.0.1:8080"; // where `vite dev` finds a running store
const OUT = process.env["UI_OUT"] ?? "../static/ui";

/** The store answers only its own origin; the development server stands between. */
const toStore = {
  target: STORE,
  changeOrigin: true,
  headers: { origin: STORE },
};

export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/ui/" : "/",
  publicDir: false,
  esbuild: { jsx: "automatic", legalComments: "none" },
  server: { proxy: { "/api": toStore, "/login": toStore }, fs: { allow: [".."] } },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the content policy knows no data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { input: { index: "index.html", kiosk: "kiosk.html" } },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
}));
