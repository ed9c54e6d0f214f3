/** What `--help` prints. */
export const HELP = `Usage: live-emulator [options]

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
  --api-key <key>                   let in only this key; may be given several times
                                    (default: any key, and none)
  --fault <what@when>               make something go wrong on every connection, so many
                                    seconds after its setup; may be given several times:
                                      goAway@30s  goAway:10@30s  drop@5s
                                      close:1011:reason@5s  quota@5s
  --verbose                         tell of every connection
  --help                            print this and exit
  --version                         print the version and exit

While it runs:
  GET /__emulator/sessions                 what each connection sent and received
  GET /__emulator/sessions/<id>/audio.wav  the audio that the model heard

Exit codes: 0 stopped or --help, 1 cannot run (port in use, no such voice), 2 wrong option.
`;
