/**
 * Recordings of rooms as WAV files in a folder.
 *
 * @packageDocumentation
 */

export { type FileRecordings, type FileRecordingsOptions, fileRecordings } from './file-recordings.ts';
