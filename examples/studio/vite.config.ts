import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

const config: UserConfig = defineConfig({
  plugins: [react(), withoutInjectedToastStyles()],
  // The server puts a fresh nonce here for every page; see server/static-files.ts.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: 'dist',
    sourcemap: false,
    // One file: most people come by an invite link and need all of it.
    chunkSizeWarningLimit: 700,
    // A worklet inlined as a data: URL would be refused by the content security policy.
    assetsInlineLimit: (file) => (/work(let|er)[^/]*\.js$/.test(file) ? false : undefined),
  },
  server: {
    // `vite` beside a running studio: the page comes from Vite, rooms and sessions from the studio.
    proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true, changeOrigin: true } },
  },
});

export default config;

/**
 * The toast library adds its styles as a style element while it loads, which the content security policy refuses. The
 * same styles are imported as a file in src/ui/toasts.tsx.
 */
function withoutInjectedToastStyles(): Plugin {
  return {
    name: 'without-injected-toast-styles',
    transform(code, id) {
      if (!/[\\/]sonner[\\/]dist[\\/]index\.mjs/.test(id)) return null;
      const cut = code.replace(/^__insertCSS\(.*\);$/m, '');
      if (cut === code) this.error('sonner changed how it adds its styles; adapt withoutInjectedToastStyles().');
      return { code: cut, map: null };
    },
  };
}
