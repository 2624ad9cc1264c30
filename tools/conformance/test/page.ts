// Runs in the browser: gives the test that opened the page the suite to call.
import { outcome } from '../src/page.js';

Object.assign(globalThis, { outcome });
