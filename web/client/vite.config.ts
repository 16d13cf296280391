import { defineConfig } from "vitest/config";
import { catalogues } from "./catalogues.ts";

/** Where `vite dev` finds a running server; the built pages are served by it and need no proxy. */
const SERVER = process.env.CLOSETCAST_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/" : "/",
  plugins: [catalogues()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    // The content security policy allows no data: URLs, so nothing may be inlined.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600, // hls.js, fetched only where it is needed
  },
  server: {
    proxy: {
      "/api": SERVER,
      "/photos": SERVER,
      "/whip": SERVER,
      "/whep": SERVER,
      "/hls": SERVER,
      "/ws": { target: SERVER, ws: true },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.{ts,tsx}", "src/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
  },
}));
