import { GEMINI_CLOSES } from '@colloquy/live-protocol';
import { FAULT_MOMENTS } from '../faults/fault.ts';

const CLOSE_COUNT = GEMINI_CLOSES.length;
const CLOSE_NAMES = wrap(GEMINI_CLOSES.map((close) => close.name));

/** What `--help` prints. */
export const HELP: string = `Usage: live-emulator [options]
       live-emulator record --upstream <url> --out <file> [--media keep|fingerprint]
       live-emulator replay <file> [--time-scale <number>]

A Gemini Live API server on this machine: no key, no network, no cost.
Point any Gemini SDK at it, for example httpOptions.baseUrl in @google/genai.

Options:
  --port <number>                   port to listen on; 0 takes a free one (default 9090)
  --host <address>                  address to listen on (default 127.0.0.1)
  --profile <name>                  behave as this family, whatever the model's name:
                                    2.5-native, 3.1, 3.8, 3.8-et, vertex-2.5-flash
                                    (default: follows from URL and model)
  --seed <number>                   where all chance comes from (default 1)
  --voice <name>                    synthetic, espeak-ng, or auto: espeak-ng where it is
                                    installed, else synthetic (default auto)
  --phrases <folder>                phrases to recognise: a folder with index.json and WAV
                                    files, or "fixtures" for those of this package
                                    (default: none, all speech is heard as "[speech 1.8 s]")
  --max-connection-seconds <number> close a connection after this long; 0 never (default 600)
  --goaway-notice-seconds <number>  announce the end this long before (default 50 or 60)
  --time-scale <number>             run waits, playback and lifetimes faster (default 1)
  --context-window-tokens <number>  close sessions without compression that gather more;
                                    0 never (default: the model's window)
  --uncompressed-seconds <audio[,video]>
                                    close sessions without compression after this long, and
                                    so long after their first picture; 0 never (default 0)
  --api-key <key>                   let in only this key; may be given several times
                                    (default: any key, and none)
  --fault <what@when>               make something go wrong; may be given several times
                                    (see below)
  --idle-timeout-seconds <number>   close a session without a turn for this long; 0 never (default 0)
  --setup-timeout-seconds <number>  close a connection without a setup; 0 never (default 0)
  --most-sessions <number>          refuse more connections at once, as a full quota does;
                                    0 for any number (default 0)
  --per-message-deflate             compress frames where the client offers it
  --resumption-seconds <number>     how long a handle can be used (default 2 h, Vertex 24 h)
  --unverified <name=value>         decide what nobody has verified, such as usage=early; may be
                                    given several times (names: docs/emulator-limits.md)
  --bearer-token <token>            let in only this token on Vertex; may be given several times
                                    (default: any token, and none)
  --pacing <name=number>            how fast answers come: setupMs=150, answerMs=350,
                                    transcriptionMs=120, audioSpeed=3, chunkMs (the profile's)
  --voice-activity <name=number>    what counts as speech where a setup does not say:
                                    thresholdDbfs, prefixPaddingMs, silenceDurationMs
  --close <name=code:reason>        how a connection ends where nobody knows how it does:
                                    contextFull, tokenExpired, lifetimeOver, setupMissing,
                                    resumedWhileOpen
  --new-session-expiry-hits-resumption
                                    look at newSessionExpireTime of a token on resumption too
  --max-message-bytes <number>      largest message taken, else 1009 (default 16 MiB)
  --keep-audio-seconds <number>     audio kept of each session to listen to (default 1800)
  --keep-pictures <number>          pictures kept of each session (default 5)
  --keep-closed-sessions <number>   closed sessions that can still be looked at (default 100)
  --verbose                         tell of every connection
  --help                            print this and exit
  --version                         print the version and exit

Faults:
  what   goAway[:seconds]           announce the end and bring it
         drop                       reset the connection
         close:<code>:<reason>      close
         quota, internal, aborted…  close as the service was seen to; all ${CLOSE_COUNT} names:
${CLOSE_NAMES}
         silence                    send nothing any more, and do not close
         delaySetup:<seconds>       answer the setup later
         repeatUpdates[:times]      send each resumption update so many times (2)
         noise                      put an empty message behind every other
         burst[:seconds]            hold messages back, then send all at once (2)
         bundle[:seconds]           the same, with several in one message (2)
  when   5s                         seconds after setupComplete
         ${FAULT_MOMENTS.join(', ')}
                                    the first of these; and later: audio+2s
         #2 behind it               only on the second connection
  as in  goAway@30s  silence@goAway  quota@setup#2  drop@audio+1.5s

record: clients connect here as they would to the upstream; every message that passes is
written to a new file of JSON lines, with times and without keys.
  --upstream <url>                  such as wss://generativelanguage.googleapis.com
  --out <file>                      file to write; it must not exist
  --media <treatment>               keep, or fingerprint: SHA-256 and length in place of audio
                                    and pictures (default keep)
  --port, --host                    as above

replay: serves a recording as if it were the upstream, at the recorded pace.
  --port, --host, --time-scale, --verbose  as above

While the emulator runs:
  GET  /__emulator/                        a page that shows its sessions
  GET  /__emulator/sessions                the same as JSON
  GET  /__emulator/summary                 the list of them only
  GET  /__emulator/sessions/<id>/audio.wav, …/spoken.wav, …/pictures/<n>
  POST /v1beta/auth_tokens                 make an ephemeral token

Exit codes: 0 stopped or --help, 1 cannot run (port in use, no such voice or file), 2 wrong option.
`;

/** Names in lines that stand under the column of explanations. */
function wrap(names: readonly string[]): string {
  const lines = [''];
  for (const name of names) {
    const last = lines.at(-1) ?? '';
    if (last.length + name.length > 54) lines.push(name);
    else lines[lines.length - 1] = last === '' ? name : `${last} ${name}`;
  }
  return lines.map((line) => `${' '.repeat(36)}${line}`).join('\n');
}
