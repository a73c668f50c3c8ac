// Compressed copies beside the built files: the server sends them as they are.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const WORTH_BYTES = 800;

export function compress(): Plugin {
  let folder = "";
  return {
    name: "callwright-compress",
    apply: "build",
    configResolved: (config) => {
      folder = join(resolve(config.root, config.build.outDir), "assets");
    },
    closeBundle: () => {
      // also called when the build failed: what is thrown here would hide why
      if (!existsSync(folder)) return;
      for (const name of readdirSync(folder)) {
        if (!/\.(js|css|svg|json)$/.test(name)) continue;
        const content = readFileSync(join(folder, name));
        if (content.length < WORTH_BYTES) continue;
        writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
        writeFileSync(
          join(folder, `${name}.br`),
          brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }),
        );
      }
    },
  };
}
