// Guides are named by their heading, and not by their file; the page shows the name, so the heading goes.
export function load({ converter }) {
  converter.on('createDocument', (_, document) => {
    const [first] = document.content;
    const [heading, title] = first?.kind === 'text' ? (/^\s*# (.+)\n/.exec(first.text) ?? []) : [];
    if (!title) return;
    document.name = title.replaceAll('`', '');
    first.text = first.text.slice(heading.length);
  });
}
