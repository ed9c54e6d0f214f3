// Loaded as it is, by the browser's own module loader: the worklets are files beside the package.

import { check } from './check.js';

window.strict = () => check('/live-client/worklets/');
