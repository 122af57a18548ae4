// One interface to two back ends: a command with its files is asked, and the
// answer is its exit code, what it printed, and what it said.

/** Finds the back end that the page came with. */
export async function connect(onProgress) {
  const answer = await fetch('backend.json');
  const about = await answer.json();
  return about.backend === 'native' ? new Native() : new Wasm(about.program, about.answers, onProgress);
}

/** The command line of a request, as it is typed in a terminal. */
export function commandLine(args) {
  const quoted = args.map((a) => (/^[A-Za-z0-9_./:=@%+,-]+$/.test(a) ? a : `'${a.replaceAll("'", `'\\''`)}'`));
  return 'verify ' + quoted.join(' ');
}

function toBase64(text) {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function requestText(args, files = {}, stdin = '') {
  return JSON.stringify({ args, files, stdin: toBase64(stdin) });
}

class Native {
  name = 'native';

  async ready() {}

  async ask(args, { files, stdin, signal } = {}) {
    const answer = await fetch('ask', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: requestText(args, files, stdin), signal });
    if (!answer.ok) return { code: 70, out: '', err: (await answer.text()).trim() + '\n' };
    return answer.json();
  }
}

/** The program in WebAssembly, compiled once, in workers that are ended to cancel. */
class Wasm {
  name = 'WebAssembly';

  /** answers: a file of answers that were computed when the page was written, by their requests. */
  constructor(program, answers, onProgress) {
    this.known = fetch(answers).then((a) => (a.ok ? a.json() : [])).then((list) => new Map(list.map((x) => [requestText(x.request.args, x.request.files), x.answer])));
    this.known.catch(() => {}); // whoever asks hears of it
    // the program comes at once, but is unpacked and compiled behind what the known answers show
    const sent = fetch(program);
    sent.catch(() => {}); // whoever asks hears of it
    this.module = this.known.catch(() => {}).then(() => new Promise((go) => setTimeout(go))).then(() => this.load(program, sent, onProgress));
    this.idle = [];
    this.busy = 0;
    this.waiting = [];
    this.ready().catch(() => {}); // whoever asks hears of it
  }

  async load(program, sent, onProgress) {
    const answer = await sent;
    if (!answer.ok) throw new Error(`${program}: ${answer.status}`);
    const total = Number(answer.headers.get('Content-Length')) || 0;
    let got = 0;
    const counted = answer.body.pipeThrough(new TransformStream({
      transform(chunk, to) {
        got += chunk.length;
        if (total) onProgress?.(got / total);
        to.enqueue(chunk);
      },
    }));
    // a server may have unpacked it already
    const packed = answer.headers.get('Content-Encoding') === 'gzip' ? counted : counted.pipeThrough(new DecompressionStream('gzip'));
    return WebAssembly.compileStreaming(new Response(packed, { headers: { 'Content-Type': 'application/wasm' } }));
  }

  /** Starts the first worker. */
  async ready() {
    this.first ??= this.start().then((w) => this.idle.push(w));
    await this.first;
  }

  async start() {
    const module = await this.module;
    const worker = new Worker('worker.js');
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = (e) => reject(new Error(e.message));
      worker.postMessage({ module });
    });
    return worker;
  }

  async ask(args, { files, stdin, signal } = {}) {
    const known = (await this.known).get(requestText(args, files, stdin));
    if (known) return known;
    await this.ready();
    signal?.throwIfAborted();
    while (this.busy >= 2) {
      await new Promise((go) => this.waiting.push(go));
      signal?.throwIfAborted();
    }
    this.busy++;
    let worker, ended = false;
    try {
      worker = this.idle.pop() ?? await this.start();
      return await new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => {
          ended = true;
          reject(signal.reason);
        }, { once: true });
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        worker.onmessage = (e) => resolve(JSON.parse(e.data));
        worker.onerror = (e) => {
          ended = true;
          resolve({ code: 70, out: '', err: `verify: ${e.message}\n` });
        };
        worker.postMessage({ request: requestText(args, files, stdin) });
      });
    } finally {
      this.busy--;
      if (worker && ended) worker.terminate();
      else if (worker) this.idle.push(worker);
      this.waiting.shift()?.();
    }
  }
}
