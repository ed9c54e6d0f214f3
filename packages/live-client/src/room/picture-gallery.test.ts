import { describe, expect, it } from 'vitest';
import { BEN, person } from '../../test/room-fixtures.ts';
import { PictureGallery } from './picture-gallery.ts';

function gallery() {
  const alive = new Set<string>();
  let count = 0;
  const subject = new PictureGallery({
    create: () => {
      count += 1;
      alive.add(`blob:${count}`);
      return `blob:${count}`;
    },
    revoke: (url) => alive.delete(url),
  });
  return { subject, alive };
}

const jpeg = new Uint8Array(4);

describe('PictureGallery', () => {
  it('shows the newest picture and keeps one before it alive, no more', () => {
    const { subject, alive } = gallery();
    const ben = person(2, 'Ben', { camera: true });
    for (let i = 0; i < 50; i += 1) subject.show(ben, 'camera', jpeg);
    expect(subject.views.get('ben')).toEqual({ camera: { url: 'blob:50', source: 'camera' }, screen: null });
    expect([...alive]).toEqual(['blob:49', 'blob:50']);
  });

  it('keeps camera and screen of one person apart, whichever came last', () => {
    const { subject, alive } = gallery();
    const both = person(2, 'Ben', { camera: true, screen: true });
    subject.show(both, 'screen', jpeg);
    subject.show(both, 'camera', jpeg);
    expect(subject.views.get('ben')).toEqual({
      camera: { url: 'blob:2', source: 'camera' },
      screen: { url: 'blob:1', source: 'screen' },
    });
    subject.retain([person(2, 'Ben', { camera: true })]);
    expect(subject.views.get('ben')).toEqual({ camera: { url: 'blob:2', source: 'camera' }, screen: null });
    expect([...alive]).toEqual(['blob:2']);
  });

  it('drops the pictures of those who left or switched off, and revokes them', () => {
    const { subject, alive } = gallery();
    subject.show(person(2, 'Ben', { camera: true }), 'camera', jpeg);
    subject.show(person(3, 'Cleo', { screen: true }), 'screen', jpeg);
    subject.retain([person(2, 'Ben', { camera: true }), person(3, 'Cleo')]);
    expect([...subject.views.keys()]).toEqual(['ben']);
    subject.retain([]);
    expect(subject.views.size).toBe(0);
    expect(alive.size).toBe(0);
  });

  it('keeps pictures of somebody whose devices were never told of', () => {
    const { subject } = gallery();
    subject.show(BEN, 'camera', jpeg);
    subject.retain([BEN]);
    expect(subject.views.size).toBe(1);
    subject.retain([person(2, 'Ben', { camera: true })]);
    subject.retain([BEN]);
    expect(subject.views.size).toBe(0);
  });

  it('gives a new map only when something changed, and a new object only to whom it changed', () => {
    const { subject } = gallery();
    const ben = person(2, 'Ben', { camera: true });
    subject.show(ben, 'camera', jpeg);
    const { views } = subject;
    subject.retain([ben]);
    expect(subject.views).toBe(views);
    subject.show(person(3, 'Cleo', { screen: true }), 'screen', jpeg);
    expect(subject.views.get('ben')).toBe(views.get('ben'));
    subject.clear();
    expect(subject.views).not.toBe(views);
  });
});
