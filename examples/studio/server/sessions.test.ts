import { describe, expect, it } from 'vitest';
import { GuestSessions, MAX_NAME_LENGTH, parseGuestName } from './sessions.ts';

const secret = 'a secret of more than thirty-two characters';

describe('guest sessions', () => {
  const sessions = new GuestSessions({ secret, secure: false });

  it('survive the way through a cookie', async () => {
    const session = sessions.create('Ana Ωmega', null);
    const cookie = await sessions.toCookie(session);
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax/);
    expect(cookie).not.toMatch(/Secure/);
    expect(await sessions.fromCookies(`other=1; ${cookie.split(';')[0]}`)).toEqual(session);
  });

  it('keep the person when the name changes', () => {
    const ana = sessions.create('Ana', null);
    expect(sessions.create('Anna', ana)).toEqual({ participantId: ana.participantId, name: 'Anna' });
    expect(sessions.create('Ana', null).participantId).not.toBe(ana.participantId);
  });

  it('are marked secure and bound to the host over https', async () => {
    const secure = new GuestSessions({ secret, secure: true });
    expect(await secure.toCookie(secure.create('Ana', null))).toMatch(/^__Host-colloquy=.*; Secure$/);
  });

  it('of another secret, without signature or changed are strangers', async () => {
    const other = new GuestSessions({ secret: `${secret}!`, secure: false });
    const [cookie = ''] = (await other.toCookie(other.create('Ana', null))).split(';');
    expect(await sessions.fromCookies(cookie)).toBeNull();
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(await sessions.fromCookies(`colloquy=${none}.${cookie.split('.')[1]}.`)).toBeNull();
    expect(await sessions.fromCookies('colloquy=x')).toBeNull();
    expect(await sessions.fromCookies(undefined)).toBeNull();
  });
});

describe('the name of a guest', () => {
  it('is trimmed, and control characters and direction marks are taken out', () => {
    expect(parseGuestName('  Ana \n\u202e Lopez\u0000 ')).toEqual({ name: 'Ana Lopez' });
  });

  it('counts characters as people do', () => {
    expect(parseGuestName('🦊'.repeat(MAX_NAME_LENGTH))).toHaveProperty('name');
    expect(parseGuestName('🦊'.repeat(MAX_NAME_LENGTH + 1))).toHaveProperty('problem');
  });

  it.each([[''], ['   '], [undefined], [7], [null], ['\u200b']])('refuses %o with a reason', (value) => {
    expect(parseGuestName(value)).toHaveProperty('problem');
  });
});
