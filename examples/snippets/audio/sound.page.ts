import { RoomClient } from '@colloquy/live-client';

declare const joinButton: HTMLButtonElement;
declare const notice: HTMLElement;
declare const meter: HTMLElement;
declare const devices: HTMLSelectElement;
export const room = new RoomClient({ url: '/rooms/panel' });
await room.connect();
// #region gesture
joinButton.onclick = async () => {
  await room.speaker.resume(); // in the click: browsers play nothing before one
  await room.microphone.start();
};
room.subscribe(() => {
  notice.hidden = room.getSnapshot().canPlay; // show "click to hear" while sound is held back
});
// #endregion
// #region microphone
room.microphone.setMuted(true); // the device stays open, and the model is told that the stream pauses
room.microphone.setMuted(false);
await room.microphone.start({ deviceId: devices.value }); // another device, without a pause
room.microphone.stop(); // the browser's recording sign goes away
// #endregion
// #region level
const draw = (): void => {
  meter.style.scale = `${room.microphone.level} 1`; // 0 to 1; read it when you draw, it is no state
  requestAnimationFrame(draw);
};
draw();
// #endregion
// #region people
const ben = room.media('ben'); // also before Ben comes
ben.volume = 0.5; // 0 to 1, on this page only
ben.muted = true;
room.media('model').volume = 0.8;
await room.speaker.setOutputDevice('default');
// #endregion
// #region statistics
const statistics = await room.media('model').playback(); // null before its first sound
console.log(statistics?.underruns, statistics?.concealedMs, statistics?.queuedMs);
// #endregion
