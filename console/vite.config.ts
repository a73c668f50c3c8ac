import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compress } from "./compress.ts";

// The built files become part of the Python package, so that a released wheel needs no Node.
export default defineConfig({
  base: "/app/",
  plugins: [react(), compress()],
  build: {
    outDir: "../src/callwright/console/built",
    emptyOutDir: true,
    target: "es2022",
    // nothing inlined: the content security policy allows files of ours only
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
