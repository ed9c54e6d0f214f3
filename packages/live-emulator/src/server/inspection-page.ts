/** The page at `/__emulator/`: no build, no dependency, nothing from elsewhere. Reads the JSON that stands beside it. */
export const INSPECTION_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Live emulator</title>
<style>
  :root { color-scheme: light dark; --line: light-dark(#d8dbe0, #383c44); --dim: light-dark(#5b616b, #9ba1ab);
    --fill: light-dark(#f3f4f6, #1d2026); --mark: light-dark(#0b57d0, #a8c7fa); --bad: light-dark(#b3261e, #f2b8b5);
    --good: light-dark(#146c2e, #6dd58c); }
  * { box-sizing: border-box; }
  body { margin: 0; font: 14px/1.45 system-ui, sans-serif; background: light-dark(#fff, #131519);
    color: light-dark(#1b1c1f, #e4e6ea); }
  header { display: flex; gap: 1rem; align-items: baseline; padding: .75rem 1.25rem; border-bottom: 1px solid var(--line); }
  h1 { font-size: 1rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
  h3 { font-size: .75rem; margin: 1.5rem 0 .4rem; color: var(--dim); text-transform: uppercase; letter-spacing: .05em; }
  main { display: grid; grid-template-columns: minmax(15rem, 20rem) 1fr; min-height: calc(100vh - 3rem); }
  nav { border-right: 1px solid var(--line); }
  @media (max-width: 46rem) { main { grid-template-columns: 1fr; align-content: start; } nav { border-right: 0; } }
  nav ul, section ul { list-style: none; margin: 0; padding: 0; }
  nav button { all: unset; display: block; width: 100%; padding: .6rem 1.25rem; border-bottom: 1px solid var(--line);
    cursor: pointer; box-sizing: border-box; }
  nav button:hover, nav button[aria-current="true"] { background: var(--fill); }
  nav button[aria-current="true"] { box-shadow: inset 3px 0 var(--mark); }
  nav button:focus-visible { outline: 2px solid var(--mark); outline-offset: -2px; }
  .dim { color: var(--dim); } .bad { color: var(--bad); } .good { color: var(--good); }
  .row { display: flex; justify-content: space-between; gap: .5rem; }
  section { padding: 1rem 1.25rem 3rem; min-width: 0; max-width: 70rem; }
  dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .5rem; margin: 0; }
  dl div { background: var(--fill); border-radius: .5rem; padding: .5rem .7rem; }
  dt { font-size: .75rem; color: var(--dim); } dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
  section p { overflow-wrap: anywhere; } section li { padding: .3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
  audio { width: 100%; max-width: 30rem; display: block; margin: .25rem 0; } img { height: 7rem; border-radius: .4rem; margin-right: .5rem; }
  canvas { width: 100%; height: 3rem; background: var(--fill); border-radius: .5rem; }
  pre { background: var(--fill); padding: .75rem; border-radius: .5rem; overflow: auto; max-height: 24rem; font-size: 12px; }
  .empty { padding: 3rem 1.25rem; color: var(--dim); } code { font-size: .92em; }
</style>
<header><h1>Live emulator</h1><span class="dim" id="status" role="status">connecting</span></header>
<main><nav aria-label="Sessions"><ul id="list"></ul></nav><section id="detail" aria-live="off"></section></main>
<script>
  const POLL_MS = 1000;
  const base = '/__emulator/sessions';
  let chosen = decodeURIComponent(location.hash.slice(1)) || null;
  let shown = {};

  // Text is only ever set as text: what clients send is never markup.
  const el = (tag, options = {}, ...children) => {
    const { text, ...rest } = options;
    const node = Object.assign(document.createElement(tag), rest);
    if (text !== undefined) node.textContent = text;
    node.append(...children);
    return node;
  };
  const seconds = (value) => value.toFixed(1) + ' s';
  const clock = (ms) => new Date(ms).toLocaleTimeString();
  const bytes = (value) => (value < 1e4 ? value + ' B' : value < 1e6 ? (value / 1e3).toFixed(0) + ' kB' : (value / 1e6).toFixed(1) + ' MB');
  const ended = ({ close }) => (close ? close.code + (close.reason ? ' ' + close.reason : '') + ' (by the ' + close.by + ')' : null);

  function card(session) {
    const button = el('button', { type: 'button', onclick: () => choose(session.id) },
      el('div', { className: 'row' }, el('strong', { text: session.id }),
        el('span', { text: session.state, className: session.state === 'ready' ? 'good' : 'dim' })),
      el('div', { className: 'row dim' }, el('span', { text: session.profile ?? session.backend }),
        el('span', { text: clock(session.openedAtMs) })));
    if (session.violations) button.append(el('div', { className: 'bad', text: session.violations + ' violation' + (session.violations > 1 ? 's' : '') }));
    button.setAttribute('aria-current', String(session.id === chosen));
    return el('li', {}, button);
  }

  const group = (title, ...children) => [el('h3', { text: title }), ...children];
  const rows = (items) => el('ul', {}, ...items);
  const row = (what, text, className = '') => el('li', { className }, el('span', { className: 'dim', text: what + ' ' }), text);

  function counters(session) {
    const { received, sent, context } = session;
    const values = {
      'messages in': received.messages, 'bytes in': bytes(received.bytes), 'audio in': seconds(received.audio.seconds),
      pictures: received.pictures.count, texts: received.texts.count, 'tool answers': received.toolResponses.count,
      'messages out': sent.messages, 'bytes out': bytes(sent.bytes), 'audio out': seconds(sent.audioSeconds),
      turns: sent.turnsCompleted, interruptions: sent.interruptions, 'tool calls': sent.toolCalls,
      'context tokens': context.tokens, 'dropped turns': context.droppedTurns,
    };
    return el('dl', {}, ...Object.entries(values).map(([name, value]) =>
      el('div', {}, el('dt', { text: name }), el('dd', { text: String(value) }))));
  }

  function timeline(audio) {
    const canvas = el('canvas', { width: 1200, height: 60, title: 'Audio that arrived, per ' + audio.bucketMs + ' ms; the line is real time' });
    const paint = canvas.getContext('2d');
    const buckets = audio.audioMsPerBucket.slice(-600);
    const most = Math.max(audio.bucketMs * 2, ...buckets);
    const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
    paint.fillStyle = isDark ? '#a8c7fa' : '#0b57d0';
    const width = 1200 / Math.max(120, buckets.length);
    buckets.forEach((ms, index) => paint.fillRect(index * width, 60 - (ms / most) * 60, Math.max(1, width - 1), (ms / most) * 60));
    paint.fillStyle = isDark ? '#f2b8b5' : '#b3261e';
    paint.fillRect(0, 60 - (audio.bucketMs / most) * 60, 1200, 1);
    return canvas;
  }

  // A player that is rebuilt stops: it stays until it is asked for newer audio.
  function player(label, session, file, length) {
    const key = session.id + file;
    const source = base + '/' + encodeURIComponent(session.id) + '/' + file;
    if (!shown[key]) {
      const audio = el('audio', { controls: true, preload: 'none', src: source });
      const refresh = el('a', { href: source, text: 'WAV', download: session.id + '-' + file });
      const name = el('span', {});
      audio.onplay = () => { if (audio.dataset.length !== name.dataset.length) { audio.dataset.length = name.dataset.length; audio.src = source + '?' + name.dataset.length; audio.play(); } };
      shown[key] = { box: el('div', {}, name, refresh, audio), name };
    }
    shown[key].name.textContent = label + ', ' + seconds(length) + ' · ';
    shown[key].name.dataset.length = String(length);
    return shown[key].box;
  }

  // Pictures never change once they came, so they are loaded once.
  function picture(session, number) {
    const key = session.id + '/' + number;
    shown[key] ??= el('img', { src: base + '/' + encodeURIComponent(session.id) + '/pictures/' + number, alt: 'picture ' + number, title: 'picture ' + number });
    return shown[key];
  }

  function details(session) {
    const { received, sent, heard } = session;
    const head = el('p', { className: 'dim', text: [session.profile ?? 'no profile yet', session.path, 'since ' + clock(session.openedAtMs),
      session.resumedFrom ? 'goes on from ' + session.resumedFrom : ''].filter(Boolean).join(' · ') });
    const parts = [el('h2', { text: session.id + (session.model ? ' · ' + session.model : '') }), head];
    if (session.close) parts.push(el('p', { text: 'Closed with ' + ended(session) }));
    if (session.violations.length) {
      parts.push(...group('Violations', rows(session.violations.map((violation) => el('li', { className: 'bad' },
        el('span', { className: 'dim', text: clock(violation.atMs) + ' ' + violation.closeCode + ' ' }),
        violation.path ? el('code', { text: violation.path + ' ' }) : '', violation.reason,
        violation.remedy ? el('div', { className: 'dim', text: violation.remedy }) : '')))));
    }
    parts.push(...group('Counters', counters(session)));
    if (received.audio.chunks || sent.audioSeconds) {
      parts.push(...group('Audio'));
      if (received.audio.chunks) parts.push(player('Heard', session, 'audio.wav', received.audio.seconds), timeline(received.audio));
      if (sent.audioSeconds) parts.push(player('Spoken', session, 'spoken.wav', sent.audioSeconds));
    }
    if (heard.utterances.length) parts.push(...group('What was heard', rows(heard.utterances.map(({ text, startMs, endMs }) =>
      row(seconds(startMs / 1000) + '–' + seconds(endMs / 1000), text || '(nothing)')))));
    if (received.pictures.kept.length) parts.push(...group('Pictures', ...received.pictures.kept.map((number) => picture(session, number))));
    if (received.texts.last.length) parts.push(...group('Texts', rows(received.texts.last.map(({ atMs, via, role, text }) => row(clock(atMs) + ' ' + role + ' by ' + via, text)))));
    if (received.toolResponses.last.length) parts.push(...group('Tool answers', rows(received.toolResponses.last.map(({ atMs, name, id, matched, response }) =>
      row(clock(atMs) + ' ' + (name ?? id), JSON.stringify(response) + (matched ? '' : ' (answers no open call)'), matched ? '' : 'bad')))));
    if (session.notes.length) parts.push(...group('Notes', rows(session.notes.map((note) => el('li', { text: note })))));
    const setupKey = session.id + '/setup';
    shown[setupKey] ??= el('details', {}, el('summary', { className: 'dim', text: 'Setup' }), el('pre', {}));
    shown[setupKey].lastChild.textContent = JSON.stringify(session.setup, null, 2);
    parts.push(el('h3'), shown[setupKey]);
    return parts;
  }

  // Only what changed is touched, so that players play on, details stay open and the focus stays where it is.
  const drawn = { list: '', detail: '' };
  function draw(sessions, session) {
    const list = JSON.stringify([chosen, sessions.map(({ id, state, profile, violations }) => [id, state, profile, violations])]);
    if (list !== drawn.list) {
      const hadFocus = document.getElementById('list').contains(document.activeElement);
      document.getElementById('list').replaceChildren(...sessions.toReversed().map(card));
      if (hadFocus) document.querySelector('[aria-current="true"]')?.focus();
    }
    drawn.list = list;
    const detail = JSON.stringify(session);
    if (detail !== drawn.detail && !isPlaying()) {
      const box = document.getElementById('detail');
      box.replaceChildren(...(session ? details(session) : [el('p', { className: 'empty', text: 'No session yet. Connect a client, and it appears here.' })]));
      drawn.detail = detail;
    }
    const open = sessions.filter(({ state }) => state !== 'closed').length;
    document.getElementById('status').textContent = open + ' open, ' + (sessions.length - open) + ' closed';
  }

  const isPlaying = () => [...document.querySelectorAll('audio')].some((audio) => !audio.paused);

  function choose(id) {
    chosen = id;
    history.replaceState(null, '', '#' + encodeURIComponent(id));
    document.querySelectorAll('audio').forEach((audio) => audio.pause());
    void look();
  }

  const read = async (path) => {
    const response = await fetch(path);
    return response.ok ? response.json() : null;
  };

  // What was asked for last is what is drawn, whichever answer comes first.
  let looks = 0;
  async function look() {
    const mine = ++looks;
    const { sessions } = await read('/__emulator/summary');
    if (!sessions.some(({ id }) => id === chosen)) chosen = sessions.at(-1)?.id ?? null;
    const session = chosen && (await read(base + '/' + encodeURIComponent(chosen)));
    if (mine === looks) draw(sessions, session);
  }

  async function poll() {
    try {
      await look();
    } catch {
      document.getElementById('status').textContent = 'the emulator does not answer';
    }
    setTimeout(poll, POLL_MS);
  }
  poll();
</script>
</html>
`;
