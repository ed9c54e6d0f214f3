import { act, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, vi } from 'vitest';

/** What a test renders into: an element of the document, new for each test of the file that calls {@link mountedPage}. */
export interface MountedPage {
  readonly element: HTMLElement;
  render(node: ReactNode): void;
  /** The part with this test id, wherever in the document it is shown. */
  part<Part extends HTMLElement>(testId: string): Part | null;
  /** Writes into an input or a text area as a person does: React hears of it. */
  write(testId: string, text: string): void;
}

/** Call it once in a test file, before its own `beforeEach`. */
export function mountedPage(): MountedPage {
  let element: HTMLElement;
  let root: Root;
  const part = <Part extends HTMLElement>(testId: string): Part | null =>
    document.querySelector<Part>(`[data-testid="${testId}"]`);

  beforeEach(() => {
    vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
    element = document.createElement('div');
    document.body.append(element);
    root = createRoot(element);
  });
  afterEach(() => {
    act(() => root.unmount());
    element.remove();
    vi.unstubAllGlobals();
  });

  return {
    get element() {
      return element;
    },
    render: (node) => act(() => root.render(node)),
    part,
    write: (testId, text) => {
      const input = part<HTMLInputElement | HTMLTextAreaElement>(testId);
      if (input === null) throw new Error(`Nothing of the page is ${testId}.`);
      const { prototype } = input instanceof HTMLInputElement ? HTMLInputElement : HTMLTextAreaElement;
      const setValue = Object.getOwnPropertyDescriptor(prototype, 'value')?.set;
      act(() => {
        setValue?.call(input, text);
        input.dispatchEvent(new Event('input', { bubbles: true }));
      });
    },
  };
}
