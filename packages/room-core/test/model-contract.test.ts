import { testModelSession } from '../src/testing/model-contract.ts';
import { ScriptedModel } from '../src/testing/scripted-model.ts';

await testModelSession('scripted', () => {
  const port = new ScriptedModel();
  const answer = () =>
    port.session.emit(
      { type: 'outputTranscript', text: 'They are tall.' },
      { type: 'generationComplete' },
      { type: 'turnComplete', reason: null },
    );
  return { port, answer };
});
