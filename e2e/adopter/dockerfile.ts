/** One instruction that changes files. */
export interface Step {
  readonly instruction: 'RUN' | 'COPY';
  readonly text: string;
  readonly words: readonly string[];
}

/** What an image starts with. */
export interface ImageConfig {
  readonly from: string;
  readonly directory: string;
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

/** From one `FROM` to the next. */
export interface Stage {
  /** `''` for one without `AS`. */
  readonly name: string;
  readonly steps: readonly Step[];
  readonly config: ImageConfig;
}

/**
 * Reads the part of the language that our Dockerfile uses.
 *
 * @throws Error for an instruction that it does not know: then the test that follows the file has to learn it.
 */
export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  const instructions = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const variables: Record<string, string> = {};
  const stages: { name: string; steps: Step[]; config: Record<keyof ImageConfig, unknown> }[] = [];
  for (const line of instructions) {
    const [, instruction = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    const value = rest.replace(/\$\{(\w+)\}/g, (_, name: string) => variables[name] ?? '');
    const stage = stages.at(-1);
    if (instruction === 'ARG') Object.assign(variables, pairs(value));
    else if (instruction === 'FROM') {
      const [from = '', , name = ''] = value.split(/\s+/);
      const config = { from, directory: '/', user: 'root', environment: {}, command: [], healthCheck: [] };
      stages.push({ name, steps: [], config });
    } else if (!stage) throw new Error(`${instruction} before FROM.`);
    else if (instruction === 'RUN' || instruction === 'COPY') {
      stage.steps.push({ instruction, text: value, words: value.split(/\s+/) });
    } else if (instruction === 'ENV') Object.assign(stage.config.environment as object, pairs(value));
    else if (instruction === 'WORKDIR') stage.config.directory = value;
    else if (instruction === 'USER') stage.config.user = value;
    else if (instruction === 'CMD') stage.config.command = JSON.parse(value);
    else if (instruction === 'HEALTHCHECK') stage.config.healthCheck = JSON.parse(value.replace(/^.*?CMD /, ''));
    else if (instruction !== 'EXPOSE' && instruction !== 'VOLUME') throw new Error(`${instruction} is not known.`);
  }
  return stages as unknown as readonly Stage[];
}

/**
 * Whether a `.dockerignore` keeps a file (by its path, with `/`) out of the context.
 *
 * @throws Error for a pattern of a kind that it does not know.
 */
export function contextFilter(text: string): (path: string) => boolean {
  const lines = text.split('\n').map((line) => line.trim());
  const patterns = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      if (!/^(\*\*\/)?[\w./*-]+$/.test(line) || line.replace(/^\*\*\//, '').includes('**')) {
        throw new Error(`${line} is not known.`);
      }
      const name = line
        .replace(/^\*\*\//, '')
        .replaceAll('.', '\\.')
        .replaceAll('*', '[^/]*');
      return new RegExp(`^${line.startsWith('**/') ? '(.*/)?' : ''}${name}(/|$)`);
    });
  return (path) => patterns.some((pattern) => pattern.test(path));
}

function pairs(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)=(\S*)/g)].map(([, name = '', value = '']) => [name, value]));
}
