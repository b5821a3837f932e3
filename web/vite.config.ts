import { defineConfig } from "vite";

// One script and one style sheet with fixed names, so that a build of the same sources is the same
// to the byte and the service can name them in its content security policy.
export default defineConfig({
  base: "./",
  build: {
    target: "es2023",
    assetsInlineLimit: 4096,
    modulePreload: false,
    rollupOptions: {
      output: {
        entryFileNames: "page.js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
