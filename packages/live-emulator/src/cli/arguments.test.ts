import { expect, it } from 'vitest';
import { resolveOptions } from '../options.ts';
import { parseArguments } from './arguments.ts';
import { HELP } from './help.ts';

const EVERY_OPTION = [
  ...['--port', '1', '--host', '::1', '--profile', '3.8', '--seed', '2', '--voice', 'synthetic'],
  ...['--max-connection-seconds', '3', '--goaway-notice-seconds', '4', '--time-scale', '5'],
  ...['--context-window-tokens', '6', '--uncompressed-seconds', '7,8', '--api-key', 'a', '--api-key', 'b'],
  ...['--fault', 'drop@5s', '--idle-timeout-seconds', '9', '--resumption-seconds', '10', '--unverified', 'usage=early'],
  ...['--bearer-token', 't', '--pacing', 'answerMs=11', '--pacing', 'chunkMs=40'],
  ...[
    '--voice-activity',
    'thresholdDbfs=-42.5',
    '--close',
    'tokenExpired=1008:too: late',
    '--close',
    'contextFull=1011',
  ],
  ...['--new-session-expiry-hits-resumption', '--max-message-bytes', '2048', '--keep-audio-seconds', '12'],
  ...['--keep-pictures', '13', '--keep-closed-sessions', '14', '--setup-timeout-seconds', '15'],
  ...['--most-sessions', '16', '--per-message-deflate'],
];

it('takes every option that a command line can say, under the name it has in a program', () => {
  const request = parseArguments(EVERY_OPTION);
  if (request.action !== 'run') throw new Error('it should run');
  const { faults, ...rest } = request.options;
  expect(faults).toHaveLength(1);
  expect(rest).toEqual({
    ...{ port: 1, host: '::1', profile: '3.8', seed: 2, voice: 'synthetic' },
    ...{ maxConnectionSeconds: 3, goAwayNoticeSeconds: 4, timeScale: 5 },
    ...{ contextWindowTokens: 6, uncompressedSeconds: { audio: 7, video: 8 }, apiKeys: ['a', 'b'] },
    ...{ idleTimeoutSeconds: 9, resumptionSeconds: 10, unverified: { usage: 'early' } },
    ...{ bearerTokens: ['t'], pacing: { answerMs: 11, chunkMs: 40 }, voiceActivity: { thresholdDbfs: -42.5 } },
    closes: { tokenExpired: { closeCode: 1008, reason: 'too: late' }, contextFull: { closeCode: 1011, reason: '' } },
    ...{ newSessionExpiryHitsResumption: true, maxMessageBytes: 2048, keepAudioSeconds: 12 },
    ...{ keepPictures: 13, keepClosedSessions: 14, setupTimeoutSeconds: 15, mostSessions: 16, perMessageDeflate: true },
  });
  // What only a program can give, or what the command gives by itself; a new option belongs here or above.
  const otherwise = ['brain', 'transcriber', 'clock', 'wallClock', 'logger', 'authenticate'];
  expect([...Object.keys(request.options), ...otherwise].sort()).toEqual(
    Object.keys(resolveOptions({})).concat('timeScale').sort(),
  );
});

it('says nothing of what was not given, so that defaults apply', () => {
  expect(parseArguments([])).toMatchObject({ options: { port: 9090, voice: 'auto' } });
  const request = parseArguments([]);
  expect(request.action === 'run' && Object.keys(request.options)).toEqual(['port', 'voice']);
});

it.each([
  [['--pacing', 'speed=3'], '--pacing is "speed=3"; give name=number, with a name of setupMs, answerMs,'],
  [['--pacing', 'answerMs=soon'], '--pacing is "answerMs=soon"; give name=number'],
  [['--voice-activity', 'thresholdDbfs'], '--voice-activity is "thresholdDbfs"; give name=number'],
  [['--close', 'contextFull=99'], '--close is "contextFull=99"; give name=code:reason'],
  [['--close', '__proto__=1011'], '--close is "__proto__=1011"; give name=code:reason'],
  [['--keep-pictures', 'all'], '--keep-pictures is "all"; give a whole number'],
])('%j is refused by name, value and remedy', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message);
});

it('has in --help what it takes, and takes what is in --help', () => {
  const told = new Set([...HELP.matchAll(/--([a-z][a-z-]+)/g)].map(([option]) => option));
  for (const option of EVERY_OPTION.filter((arg) => arg.startsWith('--'))) expect(told).toContain(option);
  for (const option of told) expect(() => parseArguments([`${option}=x`])).not.toThrow(/Unknown option/);
});
