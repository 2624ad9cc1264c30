// Starts the page, once its style sheet is there: the colors of all pictures are read from it.
import { App } from './app.js';

// Modules may run before style sheets have come; WebKit's do.
if (document.readyState !== 'complete') {
  await new Promise((loaded) => addEventListener('load', loaded, { once: true }));
}
new App().start();
