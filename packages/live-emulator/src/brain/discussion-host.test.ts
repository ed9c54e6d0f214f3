import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../random.ts';
import type { BrainInput, BrainStep, BrainTurn } from './brain.ts';
import { DiscussionHost } from './discussion-host.ts';
import { ScriptedBrain } from './scripted-brain.ts';

const typed = (text: string): BrainInput => ({ type: 'text', role: 'user', text });
const spoken = (text: string): BrainInput => ({ type: 'speech', text, segments: [], seconds: 2 });

function ask(input: BrainInput[], turn: Partial<BrainTurn> = {}): readonly BrainStep[] {
  return new DiscussionHost().respond({
    number: 1,
    input,
    history: [],
    systemInstruction: 'You are the host. Participants: Ana, Ben, Cem.',
    tools: [],
    model: 'models/gemini-3.8-live',
    asked: 1,
    pictureCount: 0,
    random: new SeededRandom(1),
    signal: new AbortController().signal,
    ...turn,
  });
}

function said(...parameters: Parameters<typeof ask>): string {
  return ask(...parameters)
    .flatMap((step) => (step.type === 'say' ? [step.text] : []))
    .join(' ');
}

const talked = [
  { role: 'user', text: 'Ana: I think the library should stay open.' },
  { role: 'model', text: 'Thank you, Ana.' },
  { role: 'user', text: '[Ben is speaking]\nMy neighbours are worried.' },
  { role: 'model', text: 'Thank you, Ben.' },
] as const;

describe('the discussion host', () => {
  it('greets by name', () => {
    expect(said([typed('Ana: Hello!')])).toBe(
      'Hello, Ana. I am the host of this discussion. What shall we talk about?',
    );
    expect(said([typed('Hi')], { systemInstruction: '' })).toMatch(/^Hello\. I am the host/);
    expect(said([])).toMatch(/^Hello/);
  });

  it('welcomes who joins and says goodbye to who leaves', () => {
    expect(said([typed('[Dora joined]')])).toBe('Welcome, Dora. What brings you to this discussion?');
    expect(said([typed('[Ben left]')])).toBe('Goodbye, Ben.');
  });

  it('says back what it understood and asks the next person', () => {
    expect(said([typed('Ana: I think my street is too loud.')])).toMatch(
      /^Thank you, Ana\. So you think your street is too loud\. Ben, .+\?$/,
    );
    expect(said([typed('Cem: The bridge is old.')])).toMatch(/^Thank you, Cem\. So the bridge is old\. Ana, .+\?$/);
  });

  it('knows who spoke from the cue before the speech', () => {
    expect(said([typed('[Ben is speaking]'), spoken('My neighbours are worried about the noise at night.')])).toMatch(
      /^Thank you, Ben\. So your neighbours are worried about the noise at night\. Cem, .+\?$/,
    );
    expect(said([typed('[Ana and Ben are speaking]'), spoken('We need a plan.')])).toMatch(/^Thank you, Ana and Ben\./);
  });

  it('hands questions on', () => {
    expect(said([typed('Ana: How much money do we have for the garden project?')])).toBe(
      'That is a good question, Ana. You ask: How much money do we have for the garden project? Ben, what would you answer?',
    );
  });

  it('admits that it did not understand', () => {
    expect(said([typed('[Ana is speaking]'), spoken('[speech 1.8 s]')])).toMatch(
      /^I heard Ana speak for 1\.8 seconds, but I do not know the words\. Ben, .+\?$/,
    );
  });

  it('tells who is here, what it has seen, and what was said', () => {
    expect(said([typed('Who is here?')])).toBe('With me are Ana, Ben and Cem.');
    expect(said([typed('What do you see?')])).toContain('I have not received a picture yet');
    expect(said([typed('What do you see?')], { pictureCount: 3 })).toContain('I have received 3 pictures so far');
    expect(said([typed('Can you sum up?')], { history: talked })).toBe(
      'Here is what I heard so far. Ana said: I think the library should stay open. Ben said: My neighbours are worried.',
    );
  });

  it('counts, which takes long enough to be interrupted', () => {
    expect(said([typed('Please count to 3.')])).toBe('One, two, three. That is all.');
    expect(said([typed('Count to twenty-one')]).split(',')).toHaveLength(21);
    expect(said([typed('Count to a million')], { systemInstruction: '' })).toMatch(/^Thank you/);
  });

  it('calls a declared function when it comes up, and reports what it gave', () => {
    const tools = [
      {
        name: 'add_note',
        description: '',
        parameters: { type: 'OBJECT', properties: { text: { type: 'STRING' } }, required: ['text'] },
        blocking: true,
      },
    ];
    const steps = ask([typed('[Ana is speaking]'), spoken('Please make a note that we all meet again on Tuesday.')], {
      tools,
    });
    expect(steps.slice(1)).toEqual([
      { type: 'say', text: 'One moment, I use add note, Ana.' },
      { type: 'call', calls: [{ name: 'add_note', args: { text: 'we all meet again on Tuesday.' } }] },
    ]);
    const twice = [typed('Ana: Make a note that it rains.'), typed('Ben: Make a note that it pours.')];
    expect(ask(twice, { tools }).find(({ type }) => type === 'say')).toMatchObject({
      text: expect.stringContaining('I use add note, '),
    });
    const result = {
      type: 'toolResult',
      callId: 'x',
      name: 'add_note',
      response: { output: 'Noted.' },
      silent: false,
    } as const;
    expect(said([result])).toBe('Done. Add note says: Noted.');
    expect(said([result, typed('Ana: Thanks, goodbye.')])).toBe(
      'Done. Add note says: Noted. Goodbye, and thank you for the discussion, Ana.',
    );
    expect(said([{ ...result, silent: true }, typed('Ana: Hello')])).not.toContain('Noted');
  });

  it('goes through its questions instead of repeating one', () => {
    const questions = [1, 2, 3, 4, 5].map((number) => said([typed('Ana: It is late.')], { number }));
    expect(new Set(questions).size).toBe(5);
  });

  it('survives any text', () => {
    for (const text of [
      '',
      '\n\n',
      ':',
      '[]',
      '[ is speaking]',
      '::::',
      'x'.repeat(100_000),
      '[Ana joined',
      '💥',
      'Ana:'.repeat(500),
    ]) {
      expect(said([typed(text), spoken(text)]).length).toBeGreaterThan(0);
      expect(said([typed(text)], { systemInstruction: text }).length).toBeLessThan(2_000);
    }
  });
});

describe('a scripted brain', () => {
  it('answers turn by turn and then repeats itself', () => {
    const brain = new ScriptedBrain(['One.', [{ type: 'pause', ms: 5 }, 'Two.'], ({ number }) => `Turn ${number}.`]);
    const steps = (number: number): readonly BrainStep[] => brain.respond({ number, asked: number } as BrainTurn);
    expect(steps(1)).toEqual([{ type: 'say', text: 'One.' }]);
    expect(steps(2)).toEqual([
      { type: 'pause', ms: 5 },
      { type: 'say', text: 'Two.' },
    ]);
    expect(steps(7)).toEqual([{ type: 'say', text: 'Turn 7.' }]);
    expect(() => new ScriptedBrain([])).toThrow('give a ScriptedBrain at least one reply');
  });
});
