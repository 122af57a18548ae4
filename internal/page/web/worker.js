// Runs the program: takes its module once, then one request after the other.
'use strict';
importScripts('wasm_exec.js');

onmessage = async ({ data }) => {
  if (data.request !== undefined) {
    muflowAsk(data.request, (answer) => postMessage(answer));
    return;
  }
  const go = new Go();
  go.argv = ['verify'];
  const instance = await WebAssembly.instantiate(data.module, go.importObject);
  globalThis.muflowReady = () => postMessage('ready');
  go.run(instance).then(() => {
    throw new Error('the program has ended');
  });
};
