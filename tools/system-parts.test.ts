import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
// @ts-expect-error A script without types.
import { prepareSystemParts } from './system-parts.mjs';

type Prepared = { env: Record<string, string>; missing: string[]; failures: number };
const prepare = prepareSystemParts as () => Prepared;
const chromium = ({ missing }: Prepared): string | undefined => missing.find((text) => text.includes('CHROMIUM'));

describe('parts of the machine', () => {
  beforeEach(() => {
    // Nothing may be installed by a test.
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it('takes the browser that is named', () => {
    vi.stubEnv('COLLOQUY_CHROMIUM', process.execPath);
    const prepared = prepare();
    expect(prepared.env.COLLOQUY_CHROMIUM).toBe(process.execPath);
    expect(chromium(prepared)).toBeUndefined();
  });

  it('says which path leads nowhere, and that tests are skipped', () => {
    vi.stubEnv('COLLOQUY_CHROMIUM', '/nowhere');
    vi.stubEnv('CI', '');
    const prepared = prepare();
    expect(prepared.env).not.toHaveProperty('COLLOQUY_CHROMIUM');
    expect(chromium(prepared)).toMatch(/COLLOQUY_CHROMIUM is \/nowhere, .* the browser tests are skipped/);
  });

  it('says that what is missing is a failure in CI', () => {
    vi.stubEnv('COLLOQUY_CHROMIUM', '/nowhere');
    vi.stubEnv('CI', 'true');
    const prepared = prepare();
    expect(chromium(prepared)).toMatch(/cannot run, which is a failure in CI/);
    expect(prepared.failures).toBeGreaterThan(0);
  });

  it('says that a missing second engine is a failure in CI, and is skipped elsewhere', () => {
    const missing = () => prepare().missing.find((text) => text.includes('FIREFOX'));
    vi.stubEnv('COLLOQUY_CHROMIUM', process.execPath);
    vi.stubEnv('COLLOQUY_FIREFOX', '/nowhere');
    vi.stubEnv('CI', '');
    expect(missing()).toMatch(/second engine are skipped/);
    vi.stubEnv('CI', 'true');
    expect(missing()).toMatch(/second engine cannot run, which is a failure in CI/);
    const { failures } = prepare();
    vi.stubEnv('COLLOQUY_FIREFOX', process.execPath);
    expect(prepare().failures).toBe(failures - 1);
  });
});
