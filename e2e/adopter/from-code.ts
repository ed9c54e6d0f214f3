// #region start
import { startStudio } from '@colloquy/studio';

const studio = await startStudio({ port: 0, dataDirectory: ':memory:' });
console.log(studio.url, studio.model); // studio.manager, studio.emulator
await studio.close();
// #endregion
